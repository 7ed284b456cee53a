import { mean, sampleStandardDeviation } from 'simple-statistics'
import { describe, expect, it, vi } from 'vitest'
import type { RunRecord, ServiceSettings } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import { simulate } from '../sim/run.ts'
import { constantLoad, fixedFleet, handModel } from './support.ts'

/**
 * The simulator against closed forms. A cell passes if the simulated mean lies within 4 standard errors
 * (batch means, 30 batches, the first tenth of the run left out) of the exact value, and the standard
 * error is below 5 % of it, so that the test has power. Seeds are fixed: a failure is a change of the
 * model; under a fresh seed a right simulator would fail about 1 cell in 2,500 (t distribution, 29 degrees).
 */
// Half a million events a cell: seconds on a quiet machine, more on a busy one.
vi.setConfig({ testTimeout: 120_000 })

const SERVICE_MS = 100
const REQUESTS = 400_000
const BATCHES = 30

describe('mean wait in the queue', () => {
  const exponential: Distribution = { family: 'exponential', mean: SERVICE_MS }
  const constant: Distribution = { family: 'deterministic', value: SERVICE_MS }
  const uniform: Distribution = { family: 'uniform', min: 5, max: 200 }
  const rows: {
    name: string
    service: Distribution
    meanMs: number
    servers: number
    rho: number
    exactMs: number
  }[] = [
    { name: 'M/M/1, rho 0.5', service: exponential, meanMs: 100, servers: 1, rho: 0.5, exactMs: 100 },
    { name: 'M/M/1, rho 0.8', service: exponential, meanMs: 100, servers: 1, rho: 0.8, exactMs: 400 },
    { name: 'M/D/1, rho 0.8', service: constant, meanMs: 100, servers: 1, rho: 0.8, exactMs: 200 },
    {
      name: 'M/G/1 uniform 5..200 ms, rho 0.7',
      service: uniform,
      meanMs: 102.5,
      servers: 1,
      rho: 0.7,
      exactMs: pollaczekMs(0.7, 102.5, 0.3016),
    },
    { name: 'M/M/7, a 5', service: exponential, meanMs: 100, servers: 7, rho: 5 / 7, exactMs: 16.2075 },
    { name: 'M/M/10, a 8', service: exponential, meanMs: 100, servers: 10, rho: 0.8, exactMs: 20.459 },
    {
      name: 'M/M/4, rho 0.9',
      service: exponential,
      meanMs: 100,
      servers: 4,
      rho: 0.9,
      exactMs: erlangWaitMs(4, 3.6, 100),
    },
  ]
  it.each(rows)('$name is $exactMs ms', ({ service, meanMs, servers, rho, exactMs }) => {
    const ratePerS = (rho * servers * 1000) / meanMs
    const record = run(ratePerS, servers, service)
    const { estimate, standardError } = batchMeans(waitsOf(record))
    expect(standardError / exactMs).toBeLessThan(0.05)
    expect(Math.abs(estimate - exactMs) / standardError).toBeLessThan(4)
  })
})

it('round robin without a limit splits a Poisson stream into Erlang arrivals: E4/M/1 at rho 0.8', () => {
  const record = run(
    32,
    4,
    { family: 'exponential', mean: SERVICE_MS },
    { balance: 'roundrobin', maxconn: null },
  )
  const sojourns = Array.from(record.requests.doneMs, (done, i) => done - record.requests.intendedMs[i]!)
  const { estimate, standardError } = batchMeans(sojourns)
  expect(Math.abs(estimate - erlangArrivalSojournMs(4, 0.8, SERVICE_MS)) / standardError).toBeLessThan(4)
})

it("Little's law holds to the request: L = lambda W over one long run", () => {
  const record = run(8, 1, { family: 'exponential', mean: SERVICE_MS })
  const { intendedMs, doneMs } = record.requests
  const spanMs = Math.max(...doneMs.slice(-1000))
  const sojournMs = Array.from(doneMs, (done, i) => done - intendedMs[i]!)
  const arrivalsPerMs = intendedMs.length / spanMs
  expect(numberInSystem(record, spanMs)).toBeCloseTo(arrivalsPerMs * mean(sojournMs), 6)
})

function run(
  ratePerS: number,
  replicas: number,
  service: Distribution,
  settings: Partial<ServiceSettings> = {},
): RunRecord {
  const trace = constantLoad(ratePerS, (REQUESTS / ratePerS) * 1000)
  return simulate(fixedFleet({ trace, model: handModel(service), replicas, seed: 7, service: settings }))
}

const waitsOf = (record: RunRecord) => Array.from(record.requests.queueWaitMs)

function batchMeans(values: readonly number[]): { estimate: number; standardError: number } {
  const steady = values.slice(Math.floor(values.length / 10))
  const size = Math.floor(steady.length / BATCHES)
  const means = Array.from({ length: BATCHES }, (_, b) => mean(steady.slice(b * size, (b + 1) * size)))
  return { estimate: mean(means), standardError: sampleStandardDeviation(means) / Math.sqrt(BATCHES) }
}

/** Time average of the number of requests in the system, by integrating its steps. */
function numberInSystem({ requests }: RunRecord, spanMs: number): number {
  const steps = [
    ...Array.from(requests.intendedMs, (at) => ({ at, by: 1 })),
    ...Array.from(requests.doneMs, (at) => ({ at, by: -1 })),
  ].sort((a, b) => a.at - b.at)
  let inside = 0
  let area = 0
  steps.forEach(({ at, by }, i) => {
    inside += by
    area += inside * ((steps[i + 1]?.at ?? at) - at)
  })
  return area / spanMs
}

/** Pollaczek-Khinchine: Wq = rho S (1 + cs2) / (2 (1 - rho)). */
function pollaczekMs(rho: number, serviceMs: number, cs2: number): number {
  return (rho * serviceMs * (1 + cs2)) / (2 * (1 - rho))
}

/** M/M/c: Wq = C(c, a) S / (c - a), C from the Erlang B recursion. */
function erlangWaitMs(servers: number, offered: number, serviceMs: number): number {
  let blocking = 1
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking)
  const waiting = blocking / (1 - (offered / servers) * (1 - blocking))
  return (waiting * serviceMs) / (servers - offered)
}

/** E_k/M/1: W = S / (1 - sigma), sigma the root of sigma = (k rho / (k rho + 1 - sigma))^k below 1 (GI/M/1, Kleinrock I, 6.4). */
function erlangArrivalSojournMs(k: number, rho: number, serviceMs: number): number {
  let sigma = 0.5
  for (let i = 0; i < 1000; i++) sigma = ((k * rho) / (k * rho + 1 - sigma)) ** k
  return serviceMs / (1 - sigma)
}
