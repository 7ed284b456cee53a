import type { FaultRow } from './faults.ts'
import type { ReplicaEvent, RunHeader, TickRow } from './schema.ts'

/**
 * Requests that have just ended, each in a slot. Whoever takes one reads what it needs and keeps no
 * reference, since the slot is used again. Times in ms from the start of the run; NaN is unknown.
 */
export interface EndedRequests {
  /** Position of the request in order of intended time, from 0. */
  index(slot: number): number
  /** Index into the run's list of classes. */
  classIndex(slot: number): number
  intendedMs(slot: number): number
  /** When the answer was complete, or the client gave up; NaN for `unanswered`. */
  doneMs(slot: number): number
  /** Wait in the proxy's queue. */
  queueWaitMs(slot: number): number
  /** Time that the server was held. */
  serviceMs(slot: number): number
  blockingMs(slot: number): number
  cpuMs(slot: number): number
  /** Number k of the server `wk`, 0 where none served it. */
  server(slot: number): number
  /** HTTP status; 0 where there was none. */
  status(slot: number): number
  /** Index into OUTCOMES. */
  outcome(slot: number): number
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
  /** Something was broken on purpose, or is whole again. Left out by those who do not care. */
  fault?(row: FaultRow): void
}
