import { type EndedRequests, NUMBER, WHOLE } from '../record/sink.ts'

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

/** No slot, no server. */
export const NONE = -1
/** As a holder: a server that does not answer the connection. */
export const CONNECTING = -2

/** Further numbers of a request beside those that a sink reads, ms; NaN where not reached. */
export const TIME = {
  ...NUMBER,
  /** When this try was sent. */
  sentMs: 8,
  /** When the proxy received it. */
  joinedMs: 9,
  /** When it was put into the proxy's queue, this time. */
  queuedMs: 10,
  /** When the proxy handed it to its server. */
  dispatchedMs: 11,
  /** Time that it will hold the thread without the host's CPU, and with it: drawn at arrival, so no policy changes it. */
  holdMs: 12,
  workMs: 13,
  transitMs: 14,
} as const

export const WORD = {
  ...WHOLE,
  state: 4,
  tries: 5,
  /** Servers that could not be reached for this try. */
  connects: 6,
  /** Index of the server at which the proxy counts it. */
  backend: 7,
  /** Index of the server that has it, also after its client gave up; or NONE or CONNECTING. */
  holder: 8,
  user: 9,
  /** Neighbours in the one line (queue or backlog) that it stands in. */
  next: 10,
  previous: 11,
  /** Neighbours in the line of those who may give up. */
  nextDue: 12,
  previousDue: 13,
} as const

/** Places of one request in each of the two arrays. A slot is a multiple of it. */
export const SLOT = 16

/**
 * The requests in flight, without an object each: attribute a of the request in a slot is `time[slot + a]` or
 * `word[slot + a]`. A request's numbers lie side by side (two cache lines, and one), and slots are used
 * again, so memory follows the number in flight and not the length of the run.
 */
export class Requests implements EndedRequests {
  /** Slots in use. */
  live = 0
  time = new Float64Array(0)
  word = new Int32Array(0)
  #free = NONE

  constructor() {
    this.#grow(64 * SLOT)
  }

  /** All slots, used or free, are the multiples of SLOT below it. */
  get end(): number {
    return this.word.length
  }

  /** A slot with nothing in it but old numbers: the caller sets what it needs. */
  take(): number {
    if (this.#free === NONE) this.#grow(2 * this.word.length)
    const slot = this.#free
    this.#free = this.word[slot + WORD.next]!
    this.live++
    return slot
  }

  release(slot: number): void {
    this.word[slot + WORD.state] = STATE.free
    this.word[slot + WORD.next] = this.#free
    this.#free = slot
    this.live--
  }

  #grow(length: number): void {
    const { time, word } = this
    this.time = new Float64Array(length)
    this.time.set(time)
    this.word = new Int32Array(length)
    this.word.set(word)
    for (let slot = length - SLOT; slot >= word.length; slot -= SLOT) {
      this.word[slot + WORD.next] = this.#free
      this.#free = slot
    }
  }
}
