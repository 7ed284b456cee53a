import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { RequestTable, ServiceSettings } from '../../record/schema.ts'
import type { Distribution } from '../../sim/distribution.ts'
import { simulate } from '../../sim/run.ts'
import { constantLoad, fixedFleet, handModel } from '../support.ts'
import { SEED, SERVICE_MS, TEST_TIMEOUT_MS } from '../theorySupport.ts'

/** The engine against its slow plain twin: the same arrivals and the same work must give the same waits, one by one. */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

/**
 * Waits of G/G/c, first come first served: the next request starts at the server that is free first, when both
 * are there (Kiefer and Wolfowitz, Transactions of the AMS 78, 1955, with clock times in place of workloads).
 */
function plainWaitsMs({ intendedMs, blockingMs }: RequestTable, servers: number): Float64Array {
  const freeMs = new Array<number>(servers).fill(0)
  return intendedMs.map((atMs, i) => {
    const earliestMs = Math.min(...freeMs)
    const startMs = Math.max(atMs, earliestMs)
    freeMs[freeMs.indexOf(earliestMs)] = startMs + blockingMs[i]!
    return startMs - atMs
  })
}

function largestDifferenceMs(run: {
  servers: number
  rho: number
  requests: number
  service: Distribution
  seed: number
  settings?: Partial<ServiceSettings>
  process?: 'poisson' | 'even'
}): number {
  const { servers, rho, service, seed, settings, process = 'poisson' } = run
  const ratePerS = (1000 * rho * servers) / SERVICE_MS
  const trace = { ...constantLoad(ratePerS, (1000 * run.requests) / ratePerS), process }
  const model = handModel(service)
  const { requests } = simulate(
    fixedFleet({ trace, model, replicas: servers, seed, ...(settings && { service: settings }) }),
  )
  const plain = plainWaitsMs(requests, servers)
  return plain.reduce((most, waitMs, i) => Math.max(most, Math.abs(waitMs - requests.queueWaitMs[i]!)), 0)
}

it.each([1, 4, 16])('a long run with %i servers at rho 0.95', (servers) => {
  const service: Distribution = { family: 'lognormal', mu: Math.log(SERVICE_MS) - 0.5, sigma: 1 }
  const difference = largestDifferenceMs({ servers, rho: 0.95, requests: 100_000, service, seed: SEED })
  expect(difference).toBeLessThan(1e-6)
})

it('any load, service, number of servers and way of balancing (with one queue they differ only in who serves)', () => {
  const services = fc.constantFrom<Distribution>(
    { family: 'exponential', mean: SERVICE_MS },
    { family: 'deterministic', value: SERVICE_MS },
    { family: 'uniform', min: 5, max: 195 },
    { family: 'gamma', shape: 0.5, scale: 2 * SERVICE_MS },
  )
  const runs = fc.record({
    servers: fc.integer({ min: 1, max: 20 }),
    rho: fc.double({ min: 0.1, max: 1.5, noNaN: true }),
    requests: fc.integer({ min: 1, max: 1000 }),
    service: services,
    process: fc.constantFrom('poisson' as const, 'even' as const),
    settings: fc.record({
      balance: fc.constantFrom('leastconn' as const, 'first' as const, 'roundrobin' as const),
    }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  fc.assert(
    fc.property(runs, (run) => {
      expect(largestDifferenceMs(run)).toBeLessThan(1e-6)
    }),
    { numRuns: 200 },
  )
})
