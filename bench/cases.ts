import { badInput } from '../base/errors.ts'

/** The programs that run the same model: this project, plain C (bench/*.c) and SimPy (bench/*_simpy.py). */
export const CONTENDERS = ['scaletwin', 'c', 'simpy'] as const
export type ContenderName = (typeof CONTENDERS)[number]

/** What is compared between contenders. Times in ms. */
export const STATISTICS = [
  'meanResponseMs',
  'meanWaitMs',
  'violationShare',
  'windowViolationShare',
  'replicaSecondsPerHour',
  'retryShare',
] as const
export type Statistic = (typeof STATISTICS)[number]

/** M/M/c of bench/mmc.c: exponential service with mean 100 ms, one queue, first come first served. */
export interface QueueModel {
  kind: 'mmc'
  servers: number
  rho: number
}

/** The full model of bench/full.c. */
export interface FullModel {
  kind: 'full'
  maxReplicas: number
}

export interface BenchCase {
  name: string
  what: string
  model: QueueModel | FullModel
  /** Requests a run, so that a run takes about 1 to 3 s; contenders that are left out do not run it. */
  requests: Partial<Record<ContenderName, number>>
  /** The same for ScaleTwin with --long. */
  longRequests?: number
  /** Keep a row of every request. */
  records?: boolean
  /** Several runs on so many worker threads, judged by wall time; absent: one run, in the main thread. */
  workers?: number
  /** In the first round only: it is judged by its memory, not by its time. */
  once?: boolean
  /** Shows that all do the same, not how fast. */
  agreementOnly?: boolean
  /**
   * Standard deviation of each statistic over runs of one NOISE_REQUESTS with different seeds, relative to
   * its mean: what chance alone makes of a run. Measured with bench/full.c and bench/mmc.c, 40 to 200 seeds.
   */
  noise: Partial<Record<Statistic, number>>
}

/** 60 requests a second for 300 s, then 180 for 300 s, and again: 72,000 are expected in a period. */
export const PERIOD_MS = 600_000
export const REQUESTS_A_PERIOD = 72_000
/** What the noise of a case is of: a period of the full model, a million customers of a queue. */
export const NOISE_REQUESTS = { full: REQUESTS_A_PERIOD, mmc: 1_000_000 } as const
export const SERVICE_MS = 100

const FULL = {
  model: { kind: 'full', maxReplicas: 32 },
  // No period differed in its violated windows, the one after the jump; a tenth is for the day when one does.
  noise: {
    meanResponseMs: 0.02,
    violationShare: 0.076,
    windowViolationShare: 0.1,
    replicaSecondsPerHour: 0.0042,
    retryShare: 0,
  },
} as const

/** One length where costs are put in a ratio: what is still compiled during a run weighs the same in both. */
const OWN_FULL = 80 * REQUESTS_A_PERIOD

export const CASES: readonly BenchCase[] = [
  {
    name: 'mmc',
    what: 'M/M/4 at rho 0.8',
    model: { kind: 'mmc', servers: 4, rho: 0.8 },
    requests: { scaletwin: 20e6, c: 40e6, simpy: 250e3 },
    noise: { meanResponseMs: 0.0084, meanWaitMs: 0.0188 },
  },
  {
    name: 'mmc-16',
    what: 'M/M/16 at rho 0.9',
    model: { kind: 'mmc', servers: 16, rho: 0.9 },
    requests: { scaletwin: 10e6, c: 30e6, simpy: 250e3 },
    noise: { meanResponseMs: 0.0095, meanWaitMs: 0.034 },
  },
  {
    name: 'mmc-1000',
    what: 'M/M/1000 at rho 0.9',
    model: { kind: 'mmc', servers: 1000, rho: 0.9 },
    requests: { scaletwin: 10e6, c: 20e6, simpy: 250e3 },
    noise: { meanResponseMs: 0.001 }, // hardly anybody waits
  },
  {
    name: 'full',
    what: 'the full model: leastconn, time-outs, retries, autoscaler, SLA',
    requests: { scaletwin: OWN_FULL, c: 200 * REQUESTS_A_PERIOD, simpy: REQUESTS_A_PERIOD },
    ...FULL,
  },
  {
    name: 'full-record',
    what: 'the full model, a row kept of every request',
    requests: { scaletwin: OWN_FULL },
    records: true,
    ...FULL,
  },
  {
    name: 'one-worker',
    what: 'eight runs of the full model on one worker thread',
    requests: { scaletwin: OWN_FULL },
    workers: 1,
    ...FULL,
  },
  {
    name: 'two-workers',
    what: 'the same on two, by wall time',
    requests: { scaletwin: OWN_FULL },
    workers: 2,
    ...FULL,
  },
  {
    name: 'memory-1',
    what: 'the full model, 1 million requests',
    requests: { scaletwin: 14 * REQUESTS_A_PERIOD },
    once: true,
    ...FULL,
  },
  {
    name: 'memory-10',
    what: 'the full model, ten times as many (with --long a hundred times)',
    requests: { scaletwin: 140 * REQUESTS_A_PERIOD },
    longRequests: 1400 * REQUESTS_A_PERIOD,
    once: true,
    ...FULL,
  },
  {
    name: 'overload',
    // One period: it does not recover from the first jump, and hardly any later request is answered.
    what: 'the full model with at most 18 replicas: time-outs and retries',
    model: { kind: 'full', maxReplicas: 18 },
    requests: { scaletwin: REQUESTS_A_PERIOD, c: REQUESTS_A_PERIOD, simpy: REQUESTS_A_PERIOD },
    agreementOnly: true,
    noise: {
      meanResponseMs: 0.072,
      violationShare: 0.0024,
      windowViolationShare: 0.01,
      replicaSecondsPerHour: 0.0034,
      retryShare: 0.13,
    },
  },
]

/** @throws UserError for a name that is not in the table. */
export function casesByName(names: readonly string[]): BenchCase[] {
  return names.map((name) => {
    const found = CASES.find((candidate) => candidate.name === name)
    if (found) return found
    throw badInput({ place: '--cases', value: name, expected: CASES.map((each) => each.name).join(', ') })
  })
}

/** Requests of one run: the table's, times `size`; for the full model whole periods, at least one. */
export function requestsOf(
  bench: BenchCase,
  contender: ContenderName,
  options: { size: number; long?: boolean },
): number {
  const isLong = options.long && contender === 'scaletwin' && bench.longRequests !== undefined
  const wanted = options.size * (isLong ? bench.longRequests! : (bench.requests[contender] ?? 0))
  if (bench.model.kind === 'mmc') return Math.max(20_000, Math.round(wanted))
  return periodsOf(wanted) * REQUESTS_A_PERIOD
}

export const periodsOf = (requests: number): number => Math.max(1, Math.round(requests / REQUESTS_A_PERIOD))

/**
 * Exact mean response time where a closed form is known, ms: S + C(c, a) S / (c - a) for M/M/c, C by the
 * Erlang B recursion B_k = a B / (k + a B) (Erlang 1917).
 */
export function exactOf({ model }: BenchCase): Partial<Record<Statistic, number>> {
  if (model.kind !== 'mmc') return {}
  const { servers, rho } = model
  const offered = servers * rho
  let blocking = 1
  for (let k = 1; k <= servers; k++) blocking = (offered * blocking) / (k + offered * blocking)
  const waiting = blocking / (1 - rho * (1 - blocking))
  const meanWaitMs = (waiting * SERVICE_MS) / (servers - offered)
  return { meanWaitMs, meanResponseMs: SERVICE_MS + meanWaitMs }
}
