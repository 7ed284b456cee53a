import { describe, expect, it, vi } from 'vitest'
import type { Distribution } from '../../sim/distribution.ts'
import { simulate } from '../../sim/run.ts'
import { fixedFleet, handModel } from '../support.ts'
import {
  batches,
  batchLength,
  expectExact,
  poissonTrace,
  SEED,
  SERVICE_MS,
  TEST_TIMEOUT_MS,
} from '../theorySupport.ts'
import {
  balancedBranches,
  equalGaps,
  generalArrivalsSojournMs,
  manyServers,
  pollaczekMs,
} from './closedForms.ts'

/** One queue, first come first served, in front of servers that take one request at a time. */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

const exponential: Distribution = { family: 'exponential', mean: SERVICE_MS }
const constant: Distribution = { family: 'deterministic', value: SERVICE_MS }

describe('M/M/c: mean wait and tail of the wait', () => {
  const rows = [
    { servers: 1, rho: 0.5, notices: 0.04 },
    { servers: 1, rho: 0.8, notices: 0.07 },
    { servers: 1, rho: 0.95, notices: 0.2 },
    { servers: 2, rho: 0.8, notices: 0.08 },
    { servers: 7, rho: 5 / 7, notices: 0.1 },
    { servers: 7, rho: 0.95, notices: 0.22 },
    { servers: 16, rho: 0.9, notices: 0.18 },
  ]
  it.each(rows)('c = $servers, rho $rho', ({ servers, rho, notices }) => {
    const { meanWaitMs, tail } = manyServers({ rho, servers, serviceMs: SERVICE_MS })
    const meanIfWaitingMs = SERVICE_MS / (servers * (1 - rho))
    const tailsMs = [meanIfWaitingMs / 4, 1.5 * meanIfWaitingMs] as const
    const batchRequests = batchLength({ rho })
    const trace = poissonTrace({ rho, servers, batchRequests })
    const simulation = fixedFleet({ trace, model: handModel(exponential), replicas: servers, seed: SEED })
    const seen = batches(simulation, { batchRequests, tailsMs })
    expectExact('mean wait', seen.waitsMs(), { exact: meanWaitMs, notices })
    expectExact('near tail', seen.nearTails(), { exact: tail(tailsMs[0]), notices: 0.75 * notices })
    expectExact('far tail', seen.farTails(), { exact: tail(tailsMs[1]), notices: 1.5 * notices })
  })
})

describe('M/G/1: mean wait', () => {
  const mean = SERVICE_MS
  const square = mean ** 2
  /** Means and mean squares by hand, not by sim/distribution.ts: that is under test, too. */
  const rows: {
    name: string
    service: Distribution
    mean: number
    square: number
    rho: number
    notices: number
  }[] = [
    { name: 'constant', service: constant, mean, square, rho: 0.8, notices: 0.05 },
    { name: 'constant', service: constant, mean, square, rho: 0.95, notices: 0.17 },
    {
      name: 'uniform 5..200 ms',
      service: { family: 'uniform', min: 5, max: 200 },
      mean: 102.5,
      square: 102.5 ** 2 + 195 ** 2 / 12,
      rho: 0.7,
      notices: 0.04,
    },
    {
      name: 'gamma, cs2 2',
      service: { family: 'gamma', shape: 0.5, scale: 200 },
      mean,
      square: 3 * square,
      rho: 0.8,
      notices: 0.1,
    },
    {
      name: 'lognormal, cs2 2',
      service: { family: 'lognormal', mu: Math.log(mean) - Math.log(3) / 2, sigma: Math.sqrt(Math.log(3)) },
      mean,
      square: 3 * square,
      rho: 0.7,
      notices: 0.1,
    },
    {
      name: 'hyperexponential, cs2 4',
      service: { family: 'hyperexponential', branches: balancedBranches(4, mean) },
      mean,
      square: 5 * square,
      rho: 0.7,
      notices: 0.1,
    },
    {
      name: 'mixture of a constant and an exponential',
      service: {
        family: 'mixture',
        parts: [
          { weight: 3, distribution: { family: 'deterministic', value: 20 } },
          { weight: 1, distribution: { family: 'exponential', mean: 340 } },
        ],
      },
      mean: (3 * 20 + 340) / 4,
      square: (3 * 20 ** 2 + 2 * 340 ** 2) / 4,
      rho: 0.7,
      notices: 0.1,
    },
    {
      name: 'Weibull of shape 2',
      service: { family: 'weibull', shape: 2, scale: 100 },
      mean: 50 * Math.sqrt(Math.PI),
      square: 100 ** 2,
      rho: 0.9,
      notices: 0.12,
    },
    {
      name: 'a table of quantiles: uniform on each of its four pieces',
      service: { family: 'empirical', quantiles: [10, 40, 60, 90, 300] },
      mean: (25 + 50 + 75 + 195) / 4,
      square: (2100 + 7600 + 17_100 + 125_100) / 12,
      rho: 0.9,
      notices: 0.12,
    },
  ]
  it.each(rows)('$name, rho $rho', ({ service, mean: serviceMs, square: squareMs2, rho, notices }) => {
    const variability = squareMs2 / serviceMs ** 2 / 2
    const batchRequests = batchLength({ rho, variability })
    const trace = poissonTrace({ rho, servers: 1, batchRequests, serviceMs })
    const simulation = fixedFleet({ trace, model: handModel(service), replicas: 1, seed: SEED })
    const exact = pollaczekMs({ rho, serviceMs, squareMs2 })
    expectExact('mean wait', batches(simulation, { batchRequests }).waitsMs(), { exact, notices })
  })
})

it('D/M/1, rho 0.8: equal gaps between arrivals', () => {
  const rho = 0.8
  const batchRequests = batchLength({ rho })
  const trace = { ...poissonTrace({ rho, servers: 1, batchRequests }), process: 'even' as const }
  const simulation = fixedFleet({ trace, model: handModel(exponential), replicas: 1, seed: SEED })
  const exact = generalArrivalsSojournMs(equalGaps(rho), SERVICE_MS) - SERVICE_MS
  expectExact('mean wait', batches(simulation, { batchRequests }).waitsMs(), { exact, notices: 0.05 })
})

it("Little's law holds to the request: the time average of the number is lambda W over one long run", () => {
  const trace = poissonTrace({ rho: 0.8, servers: 1, batchRequests: 1000 })
  const { requests } = simulate(fixedFleet({ trace, model: handModel(exponential), replicas: 1, seed: SEED }))
  const { intendedMs, doneMs } = requests
  expect(intendedMs.length).toBeGreaterThan(50_000)
  const steps = [
    ...Array.from(intendedMs, (atMs) => ({ atMs, by: 1 })),
    ...Array.from(doneMs, (atMs) => ({ atMs, by: -1 })),
  ].sort((a, b) => a.atMs - b.atMs)
  const spanMs = steps.at(-1)!.atMs
  let inside = 0
  let area = 0
  steps.forEach(({ atMs, by }, i) => {
    inside += by
    area += inside * ((steps[i + 1]?.atMs ?? atMs) - atMs)
  })
  const sojournsMs = doneMs.reduce((sum, done, i) => sum + done - intendedMs[i]!, 0)
  const ratePerMs = intendedMs.length / spanMs
  expect(area / spanMs).toBeCloseTo(ratePerMs * (sojournsMs / intendedMs.length), 6)
})
