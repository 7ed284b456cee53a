import { createRequire } from 'node:module'
import { mean, sampleStandardDeviation } from 'simple-statistics'
import { expect } from 'vitest'
import type { Distribution } from '../sim/distribution.ts'
import type { HostModel, Model } from '../sim/model.ts'
import type { Trace } from '../traces/trace.ts'
import { constantLoad, exactly, handModel } from './support.ts'

/**
 * The simulator as Node itself loads it: by the test runner's own way of loading, where each use of an import goes
 * through an object, a run takes three times as long.
 */
const native = createRequire(import.meta.url)
export const { BATCHES, batches } = native('./theory/batches.ts') as typeof import('./theory/batches.ts')

/**
 * The theory gate: the simulator against exact values. A comparison passes if its estimate lies within
 * STANDARD_ERRORS standard errors of the exact value, by batch means over BATCHES batches.
 *
 * False alarms: seeds are fixed, so a failure is a change of the program. Under a fresh seed a right simulator
 * would fail one comparison with probability 4.2e-5 (two-sided, t with 49 degrees), so by Bonferroni the
 * gate of 75 comparisons with less than 0.32 %.
 *
 * Power: each comparison states in `notices` the smallest relative error that it sees in its quantity, and fails
 * where its standard errors are too large for that. A wait moves faster than what it comes from: that of
 * M/M/1 by 1 + 1/(1 - rho) times the relative error of the service time, so that 6 % of the wait at rho 0.8
 * are 1 % of the service time, and 20 % at rho 0.95, too.
 */
export const STANDARD_ERRORS = 4.5
export const SEED = 7
export const SERVICE_MS = 100
/** One to six million requests a test: seconds on a quiet machine, more on a busy one. */
export const TEST_TIMEOUT_MS = 240_000

/** Requests a batch where the queue forgets fast: enough for power. */
const LEAST_BATCH = 20_000
/** Relaxation times a batch: the correlation of neighbours then makes the standard error some 2 % too small. */
const RELAXATIONS = 30

/**
 * Requests a batch, at least 30 relaxation times of the queue, and the run's first batch is left out: it
 * starts empty. In requests, of M/M/1 (Cohen, The Single Server Queue, II.2), in heavy traffic of others, too:
 *
 *     relaxation = queues (ca2 + cs2)/2 rho / (1 - sqrt(rho))^2        1480 for M/M/1 at rho 0.95
 *
 * @param variability (ca2 + cs2)/2: mean of the squared coefficients of variation of gaps and services.
 * @param queues into which the requests are split, each with a server of its own.
 */
export function batchLength({
  rho,
  variability = 1,
  queues = 1,
  least = LEAST_BATCH,
}: {
  rho: number
  variability?: number
  queues?: number
  least?: number
}): number {
  const relaxation = (queues * variability * rho) / (1 - Math.sqrt(rho)) ** 2
  return Math.ceil(Math.max(least, RELAXATIONS * relaxation))
}

/** Requests of the whole run and some more, since a Poisson trace has a random number of them. */
export function requestsFor(batchRequests: number): number {
  const needed = (BATCHES + 1) * batchRequests + 1
  return needed + 6 * Math.sqrt(needed)
}

/** A Poisson trace at the rate that loads `servers` servers to `rho`, long enough for all batches. */
export function poissonTrace({
  rho,
  servers,
  batchRequests,
  serviceMs = SERVICE_MS,
}: {
  rho: number
  servers: number
  batchRequests: number
  serviceMs?: number
}): Trace {
  const ratePerS = (1000 * rho * servers) / serviceMs
  return constantLoad(ratePerS, (1000 * requestsFor(batchRequests)) / ratePerS)
}

/** Requests that share the cores of one host: all their work is CPU work, and no server makes them wait. */
export function sharingModel(work: Distribution, host: Partial<HostModel>, blocking = 0): Model {
  const own = { ...handModel(work).classes.read!, blockingMs: exactly(blocking) }
  return {
    ...handModel(work),
    classes: { read: { ...own, cpuMs: { distribution: work } } },
    container: { workers: 1000, backlog: 1, rateLimit: null, rejectMs: exactly(0), checkMs: exactly(0) },
    cpu: { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0, ...host },
  }
}

/** One comparison of the gate. @param notices the smallest relative error that it must be able to see. */
export function expectExact(
  what: string,
  estimates: readonly number[],
  { exact, notices }: { exact: number; notices: number },
): void {
  expect(estimates.length, `${what}: batches`).toBe(BATCHES)
  const estimate = mean([...estimates])
  const standardError = sampleStandardDeviation([...estimates]) / Math.sqrt(BATCHES)
  const seen = `${what}: ${estimate} with standard error ${standardError}, exact ${exact}`
  expect((STANDARD_ERRORS * standardError) / exact, `${seen}; noticed from`).toBeLessThan(notices)
  expect(Math.abs(estimate - exact) / standardError, `${seen}; standard errors`).toBeLessThan(STANDARD_ERRORS)
}
