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
  arrival: 2,
  /** A client gives up only if nothing saved its request at that very instant. */
  timeout: 3,
  /** The controller sees all that has happened up to its tick. */
  tick: 4,
} as const
export type Rank = (typeof RANK)[keyof typeof RANK]

/** A cancellable entry. `run` is null once it was cancelled: it then stays in the heap and does nothing. */
export interface Scheduled {
  readonly atMs: number
  readonly rank: Rank
  readonly sequence: number
  run: (() => void) | null
}

/** Simulated time and the calendar. `now()` never goes back. */
export class Kernel {
  #nowMs = 0
  #sequence = 0
  #heap: Scheduled[] = []

  get nowMs(): number {
    return this.#nowMs
  }

  /** Schedules `run` at a time not before now. */
  at(atMs: number, rank: Rank, run: () => void): Scheduled {
    if (!(atMs >= this.#nowMs)) throw new Error(`bug: event at ${atMs} ms is before now, ${this.#nowMs} ms`)
    const event = { atMs, rank, sequence: this.#sequence++, run }
    this.#push(event)
    return event
  }

  /** Runs until the calendar is empty. */
  run(): void {
    for (let event = this.#pop(); event; event = this.#pop()) {
      if (event.run === null) continue
      this.#nowMs = event.atMs
      event.run()
    }
  }

  #push(event: Scheduled): void {
    const heap = this.#heap
    let hole = heap.length
    heap.push(event)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!before(event, heap[parent]!)) break
      heap[hole] = heap[parent]!
      hole = parent
    }
    heap[hole] = event
  }

  #pop(): Scheduled | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = last
    return top
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  if (a.atMs !== b.atMs) return a.atMs < b.atMs
  if (a.rank !== b.rank) return a.rank < b.rank
  return a.sequence < b.sequence
}
