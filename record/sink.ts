import type { ReplicaEvent, RunHeader, TickRow } from './schema.ts'

/** Where in `time` a request's numbers are. Times in ms from the start of the run; NaN is unknown. */
export const NUMBER = {
  /** Position of the request in order of intended time, from 0. */
  index: 0,
  intendedMs: 1,
  /** When the answer was complete, or the client gave up; NaN for `unanswered`. */
  doneMs: 2,
  /** Wait in the proxy's queue. */
  queueWaitMs: 3,
  /** Time that the server was held. */
  serviceMs: 4,
  blockingMs: 5,
  cpuMs: 6,
} as const

/** Where in `word` a request's whole numbers are. */
export const WHOLE = {
  /** Index into the run's list of classes. */
  classIndex: 0,
  /** Number k of the server `wk`, 0 where none served it. */
  server: 1,
  /** HTTP status; 0 where there was none. */
  status: 2,
  /** Index into OUTCOMES. */
  outcome: 3,
} as const

/**
 * Requests that have just ended: number a of the one in a slot is `time[slot + NUMBER.a]`, whole number b is
 * `word[slot + WHOLE.b]`. Whoever takes a request reads what it needs and keeps no reference, since the slot is
 * used again.
 */
export interface EndedRequests {
  readonly time: Float64Array
  readonly word: Int32Array
}

/**
 * Takes a run while it happens, so that what is kept is the taker's choice: a whole record, or statistics
 * of constant size. Ticks and replica events come in order of time, requests in order of their end.
 */
export interface RunSink {
  /** Once, before all else. `classes` are the names that classIndex counts in. */
  start(run: RunHeader, classes: readonly string[]): void
  request(ended: EndedRequests, slot: number): void
  tick(row: TickRow): void
  replica(event: ReplicaEvent): void
}
