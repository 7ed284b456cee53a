/**
 * The event calendar: what happens next. Order is total: (time, rank, sequence number), so equal times
 * are settled by a written rule and then by who was scheduled first, never by the heap's layout.
 */

/** At equal times lower ranks go first; each has its reason. */
export const RANK = {
  /** A request ends before anything else looks at the system: completion wins over time-out. */
  departure: 0,
  /** A replica's change of state comes before new work arrives, so that the work can use it. */
  replica: 1,
  /** Those of the calendar (a client's further try, a user's next request) before those of the trace. */
  arrival: 2,
  /** A client gives up only if nothing saved its request at that very instant. */
  timeout: 3,
  /** The controller sees all that has happened up to its tick. */
  tick: 4,
} as const
export type Rank = (typeof RANK)[keyof typeof RANK]

/** What an entry of the calendar is about; its subject is a number: a request's slot, a server, a user, a callback. */
export const EVENT = {
  nothing: 0,
  /** A server has finished a request's time on its thread (subject: slot). */
  served: 1,
  /** A connection to a server timed out (slot). */
  connectFailed: 2,
  /** A client tries again (slot). */
  resend: 3,
  /** A user of a closed loop sends its next request (user). */
  userSends: 4,
  /** A callback of `later`. */
  later: 5,
  /** From here on: what goes on for ever, and for which no run waits. */
  check: 6,
  checkTimeout: 7,
  background: 8,
} as const
export type EventKind = (typeof EVENT)[keyof typeof EVENT]

/**
 * A binary heap as three columns, without an object an event. Taking the top leaves a hole there; the next
 * entry fills it if one comes (a departure that starts the next request: one sift instead of two), or else
 * `settle` does.
 */
export class Calendar {
  /** Simulated time; never goes back. */
  nowMs = 0
  /** Entries that a run waits for. */
  foreground = 0
  #size = 0
  #hole = false
  #sequence = 0
  #atMs = new Float64Array(64)
  #order = new Float64Array(64)
  #event = new Int32Array(64)
  #callbacks = new Map<number, () => void>()
  #callback = 0

  /** Adds an entry: kinds are below 16, and there are 2^50 sequence numbers a rank. */
  at(atMs: number, rank: Rank, kind: EventKind, subject: number): void {
    if (kind < 6) this.foreground++
    this.#add(atMs, rank * 1125899906842624 + this.#sequence++, subject * 16 + kind)
  }

  /** What comes most often: a server will have finished with the request in a slot. The same as `at` with its rank and kind. */
  willServe(atMs: number, slot: number): void {
    this.foreground++
    this.#add(atMs, this.#sequence++, slot * 16 + 1)
  }

  #add(atMs: number, order: number, event: number): void {
    const last = this.#size
    if (last + 1 >= this.#atMs.length) this.#grow()
    this.#atMs[last] = atMs
    this.#order[last] = order
    this.#event[last] = event
    if (this.#hole) {
      this.#hole = false
      this.#size = last
      this.#siftDown(last)
    } else {
      this.#size = last + 1
      this.#siftUp(last)
    }
  }

  /** Runs `callback` at that time. Returns what `cancel` takes. */
  later(atMs: number, rank: Rank, callback: () => void, kind: EventKind = EVENT.later): number {
    if (!(atMs >= this.nowMs)) throw new Error(`bug: event at ${atMs} ms is before now, ${this.nowMs} ms`)
    const id = this.#callback++
    this.#callbacks.set(id, callback)
    this.at(atMs, rank, kind, id)
    return id
  }

  /** For callbacks of the kind `later`: it keeps its place in the calendar and does nothing there, and no run waits for it. */
  cancel(id: number): void {
    if (this.#callbacks.delete(id)) this.foreground--
  }

  /** Runs the callback of an entry that was taken. */
  call(id: number): void {
    const callback = this.#callbacks.get(id)
    this.#callbacks.delete(id)
    if (callback) callback()
    else this.foreground++ // cancelled: it was no longer counted when it was taken
  }

  /**
   * Makes entries of a kind and subject do nothing. Returns the time of the first, null where there is none. Looks at
   * all of them: for what is rare (a server dies).
   */
  forget(kind: EventKind, subject: number): number | null {
    let atMs: number | null = null
    for (let i = this.#hole ? 1 : 0; i < this.#size; i++) {
      if (this.#event[i] !== subject * 16 + kind) continue
      this.#event[i] = EVENT.nothing
      if (kind >= EVENT.check) this.foreground++
      if (atMs === null || this.#atMs[i]! < atMs) atMs = this.#atMs[i]!
    }
    return atMs
  }

  /** Time of the next entry, ms; Infinity where there is none. */
  nextMs(): number {
    if (this.#hole) this.#settle()
    return this.#size > 0 ? this.#atMs[0]! : Infinity
  }

  /** Takes the next entry (`nextMs` was asked before): 16 times its subject, plus its kind. */
  take(): number {
    this.#hole = true
    const event = this.#event[0]!
    if ((event & 15) < 6) this.foreground--
    return event
  }

  static kindOf(event: number): number {
    return event & 15
  }

  static subjectOf(event: number): number {
    return event >> 4
  }

  #settle(): void {
    this.#hole = false
    const last = --this.#size
    if (last > 0) this.#siftDown(last)
  }

  /** Moves the entry at `from` (beyond the heap) to the root and down to its place. */
  #siftDown(from: number): void {
    const atMs = this.#atMs
    const order = this.#order
    const event = this.#event
    const size = this.#size
    const time = atMs[from]!
    const own = order[from]!
    const what = event[from]!
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= size) break
      const right = child + 1
      if (
        right < size &&
        (atMs[right]! < atMs[child]! || (atMs[right]! === atMs[child]! && order[right]! < order[child]!))
      )
        child = right
      if (atMs[child]! > time || (atMs[child]! === time && order[child]! > own)) break
      atMs[hole] = atMs[child]!
      order[hole] = order[child]!
      event[hole] = event[child]!
      hole = child
    }
    atMs[hole] = time
    order[hole] = own
    event[hole] = what
  }

  #siftUp(from: number): void {
    const atMs = this.#atMs
    const order = this.#order
    const event = this.#event
    const time = atMs[from]!
    const own = order[from]!
    const what = event[from]!
    let hole = from
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (atMs[parent]! < time || (atMs[parent]! === time && order[parent]! < own)) break
      atMs[hole] = atMs[parent]!
      order[hole] = order[parent]!
      event[hole] = event[parent]!
      hole = parent
    }
    atMs[hole] = time
    order[hole] = own
    event[hole] = what
  }

  #grow(): void {
    this.#atMs = doubled(this.#atMs, new Float64Array(2 * this.#atMs.length))
    this.#order = doubled(this.#order, new Float64Array(2 * this.#order.length))
    this.#event = doubled(this.#event, new Int32Array(2 * this.#event.length))
  }
}

function doubled<T extends Float64Array | Int32Array>(column: T, twice: T): T {
  twice.set(column)
  return twice
}
