import { UserError } from '../base/errors.ts'
import type { EndedRequests } from '../record/sink.ts'

/** Where a request is. A further try of a client is a request of its own (with the same index). */
export const STATE = {
  free: 0,
  /** Between two tries. */
  pausing: 1,
  /** Not yet received by the proxy, whose frontend is full. */
  knocking: 2,
  /** In the proxy's queue. */
  queued: 3,
  /** Handed to a server: being connected, in its backlog or on its thread. */
  atServer: 4,
  /** Ended for its client. Its server may still work on it: it cannot know. */
  ended: 5,
  /** A health check: never in the proxy's queue, nobody's request. */
  check: 6,
  /** On its way from one of the others to the next, within one event. */
  arriving: 7,
} as const

/** No slot, no server: any number below 0. */
export const NONE = -1
/** As a holder: a server that does not answer the connection. */
export const CONNECTING = -2
/** A slot is a multiple of it: so many places has each request in both arrays. */
export const SLOT = 16

/** In flight at once; the calendar has 27 bits for a slot. */
const MOST = 2 ** 23

/** The work of requests to come, a row each. */
export interface WorkRows {
  readonly blockingMs: Float64Array
  readonly cpuMs: Float64Array
  readonly holdMs: Float64Array
  readonly workMs: Float64Array
  readonly transitMs: Float64Array
}

/**
 * The requests in flight, without an object each. A request has a row of 16 in each of two arrays, and its slot
 * is where they begin: its numbers lie side by side, and slots are used again, so memory follows the
 * number in flight and not the length of the run.
 *
 *     #time  0 index        4 serviceMs    8 sentMs (this try)      12 holdMs (on the thread without the host's CPU)
 *            1 intendedMs   5 blockingMs   9 joinedMs (the proxy)   13 workMs (CPU: the host's, or a part of holdMs)
 *            2 doneMs       6 cpuMs       10 queuedMs (this time)   14 transitMs
 *            3 queueWaitMs                11 dispatchedMs
 *     #word  0 classIndex   4 state        7 backend (the server at which the proxy counts it)
 *            1 server       5 tries        8 holder (the server that has it, also after its client gave up)
 *            2 status       6 connects     9 user      10, 11 next, previous in its line   12, 13 in the due line
 *            3 outcome
 *
 * Times are in ms, NaN where not reached. The places are written as plain numbers here, and nowhere else:
 * V8 does not fold constants that another module, or this one, has at its top level, and loads them with
 * several checks each time. Hot code elsewhere in sim/ follows the same rule (`bench/` shows what it buys).
 */
export class Requests implements EndedRequests {
  /** Slots in use. */
  live = 0
  #time = new Float64Array(0)
  #word = new Int32Array(0)
  #free = -1

  constructor() {
    this.#grow(64 * 16)
  }

  /** All slots, used or free, are the multiples of SLOT below it. */
  get bound(): number {
    return this.#word.length
  }

  /** A slot with nothing in it but old numbers. */
  take(): number {
    if (this.#free < 0) this.#grow(2 * this.#word.length)
    const slot = this.#free
    this.#free = this.#word[slot + 10]!
    this.live++
    return slot
  }

  release(slot: number): void {
    this.#word[slot + 4] = 0
    this.#word[slot + 10] = this.#free
    this.#free = slot
    this.live--
  }

  /** A new request, of which nothing is known yet but when it came. */
  arrive(slot: number, index: number, classIndex: number, user: number, nowMs: number): void {
    this.#time[slot] = index
    this.#time[slot + 1] = nowMs
    this.#word[slot] = classIndex
    this.#word[slot + 5] = 0
    this.#word[slot + 9] = user
  }

  /** What it will ask for: drawn at arrival, so that no policy, server or queue changes it. */
  setWork(slot: number, rows: WorkRows, row: number): void {
    const time = this.#time
    time[slot + 5] = rows.blockingMs[row]!
    time[slot + 6] = rows.cpuMs[row]!
    time[slot + 12] = rows.holdMs[row]!
    time[slot + 13] = rows.workMs[row]!
    time[slot + 14] = rows.transitMs[row]!
  }

  /** Measured work in place of the drawn one; what it holds changes by as much. @param shared on the host's CPU. */
  replaceCpu(slot: number, cpuMs: number, shared: boolean): void {
    const more = cpuMs - this.#time[slot + 6]!
    this.#time[slot + 13] = Math.max(0, this.#time[slot + 13]! + more)
    if (!shared) this.#time[slot + 12] = Math.max(0, this.#time[slot + 12]! + more)
    this.#time[slot + 6] = cpuMs
  }

  replaceBlocking(slot: number, blockingMs: number): void {
    this.#time[slot + 12] = Math.max(0, this.#time[slot + 12]! + blockingMs - this.#time[slot + 5]!)
    this.#time[slot + 5] = blockingMs
  }

  /** It is sent, for the first time or again. */
  beginTry(slot: number, nowMs: number): void {
    this.#time[slot + 8] = nowMs
    this.#word[slot + 1] = 0
    this.#word[slot + 6] = 0
    this.#word[slot + 8] = -1
  }

  /** A further try: the same request in a slot of its own, since a server may still work on this one. */
  copyForTry(slot: number): number {
    const again = this.take()
    this.#time.copyWithin(again, slot, slot + 16)
    this.#word.copyWithin(again, slot, slot + 16)
    this.#word[again + 4] = 1
    this.#word[again + 5] = this.#word[slot + 5]! + 1
    this.#word[again + 8] = -1
    return again
  }

  /** The proxy received it; `nowMs` is NaN where it did not. */
  join(slot: number, nowMs: number): void {
    this.#time[slot + 9] = nowMs
    this.#time[slot + 11] = Number.NaN
    this.#word[slot + 4] = 7
  }

  queue(slot: number, nowMs: number): void {
    this.#time[slot + 10] = nowMs
    this.#time[slot + 11] = Number.NaN
    this.#word[slot + 4] = 3
  }

  /** The proxy hands it to a server. @param number k of its name wk. */
  dispatch(slot: number, server: number, number: number, nowMs: number): void {
    this.#time[slot + 11] = nowMs
    this.#word[slot + 1] = number
    this.#word[slot + 2] = 200
    this.#word[slot + 4] = 4
    this.#word[slot + 7] = server
  }

  /** It ends for its client; its times follow. @param answered by its server. */
  end(slot: number, outcome: number, status: number, nowMs: number, answered: boolean): void {
    const time = this.#time
    const dispatchedMs = time[slot + 11]!
    time[slot + 2] = answered ? nowMs + time[slot + 14]! : nowMs
    time[slot + 3] = dispatchedMs - time[slot + 9]!
    time[slot + 4] = answered ? nowMs - dispatchedMs : Number.NaN
    this.#word[slot + 2] = status
    this.#word[slot + 3] = outcome
    this.#word[slot + 4] = 5
  }

  /** The proxy wrote no line of it: how long it waited and was served is not known. */
  forgetTimers(slot: number): void {
    this.#time[slot + 3] = Number.NaN
    this.#time[slot + 4] = Number.NaN
  }

  /** What its work was is known of an answered request only. */
  forgetWork(slot: number): void {
    this.#time[slot + 5] = Number.NaN
    this.#time[slot + 6] = Number.NaN
  }

  /** A health check's row. */
  makeCheck(slot: number, holdMs: number): void {
    this.#time[slot + 12] = holdMs
    this.#time[slot + 13] = 0
    this.#word[slot + 2] = 200
    this.#word[slot + 4] = 6
    this.#word[slot + 8] = -1
  }

  index(slot: number): number {
    return this.#time[slot]!
  }

  intendedMs(slot: number): number {
    return this.#time[slot + 1]!
  }

  doneMs(slot: number): number {
    return this.#time[slot + 2]!
  }

  queueWaitMs(slot: number): number {
    return this.#time[slot + 3]!
  }

  serviceMs(slot: number): number {
    return this.#time[slot + 4]!
  }

  blockingMs(slot: number): number {
    return this.#time[slot + 5]!
  }

  cpuMs(slot: number): number {
    return this.#time[slot + 6]!
  }

  sentMs(slot: number): number {
    return this.#time[slot + 8]!
  }

  joinedMs(slot: number): number {
    return this.#time[slot + 9]!
  }

  queuedMs(slot: number): number {
    return this.#time[slot + 10]!
  }

  dispatchedMs(slot: number): number {
    return this.#time[slot + 11]!
  }

  holdMs(slot: number): number {
    return this.#time[slot + 12]!
  }

  workMs(slot: number): number {
    return this.#time[slot + 13]!
  }

  classIndex(slot: number): number {
    return this.#word[slot]!
  }

  server(slot: number): number {
    return this.#word[slot + 1]!
  }

  status(slot: number): number {
    return this.#word[slot + 2]!
  }

  outcome(slot: number): number {
    return this.#word[slot + 3]!
  }

  state(slot: number): number {
    return this.#word[slot + 4]!
  }

  tries(slot: number): number {
    return this.#word[slot + 5]!
  }

  connects(slot: number): number {
    return this.#word[slot + 6]!
  }

  backend(slot: number): number {
    return this.#word[slot + 7]!
  }

  holder(slot: number): number {
    return this.#word[slot + 8]!
  }

  user(slot: number): number {
    return this.#word[slot + 9]!
  }

  next(slot: number): number {
    return this.#word[slot + 10]!
  }

  previous(slot: number): number {
    return this.#word[slot + 11]!
  }

  nextDue(slot: number): number {
    return this.#word[slot + 12]!
  }

  previousDue(slot: number): number {
    return this.#word[slot + 13]!
  }

  setStatus(slot: number, status: number): void {
    this.#word[slot + 2] = status
  }

  setState(slot: number, state: number): void {
    this.#word[slot + 4] = state
  }

  setConnects(slot: number, connects: number): void {
    this.#word[slot + 6] = connects
  }

  setBackend(slot: number, backend: number): void {
    this.#word[slot + 7] = backend
  }

  setHolder(slot: number, holder: number): void {
    this.#word[slot + 8] = holder
  }

  setNext(slot: number, next: number): void {
    this.#word[slot + 10] = next
  }

  setPrevious(slot: number, previous: number): void {
    this.#word[slot + 11] = previous
  }

  setNextDue(slot: number, nextDue: number): void {
    this.#word[slot + 12] = nextDue
  }

  setPreviousDue(slot: number, previousDue: number): void {
    this.#word[slot + 13] = previousDue
  }

  #grow(length: number): void {
    if (length > MOST * 16) {
      throw new UserError(
        `more than ${MOST} requests are in flight at once. Give the clients a shorter time-out, a lower rate or more replicas`,
      )
    }
    const time = new Float64Array(length)
    const word = new Int32Array(length)
    const before = this.#word.length
    time.set(this.#time)
    word.set(this.#word)
    for (let slot = length - 16; slot >= before; slot -= 16) {
      word[slot + 10] = this.#free
      this.#free = slot
    }
    this.#time = time
    this.#word = word
  }
}
