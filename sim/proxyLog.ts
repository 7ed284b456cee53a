import type { ProxyLog } from '../control/signals.ts'
import type { Requests } from './requests.ts'

/** Rows of the first sheet, for short runs, and of the further ones; a tick's lines are a part of it. */
const FIRST_SHEET = 1024
const SHEET = 8192

/**
 * The simulated proxy's log: a line a request that has ended, in columns, handed over at each reading. The
 * columns are parts of larger ones that are only ever appended to: a typed array of its own costs some 2 us,
 * because its memory lies outside the heap, a part of one 0.1.
 */
export class LogBuffer {
  /** Where the lines that nobody took yet begin, and where the next one goes. */
  #from = 0
  #next = 0
  #endedMs = new Float64Array(0)
  #queueMs = new Float64Array(0)
  #responseMs = new Float64Array(0)
  #totalMs = new Float64Array(0)
  #status = new Uint16Array(0)

  /** @param answered the server's answer reached the proxy (timers: configuration manual 8.4; -1 not reached). */
  append(requests: Requests, slot: number, nowMs: number, answered: boolean): void {
    if (this.#next === this.#endedMs.length) this.#turn()
    const row = this.#next++
    const dispatchedMs = requests.dispatchedMs(slot)
    const joinedMs = requests.joinedMs(slot)
    this.#endedMs[row] = nowMs
    this.#queueMs[row] = (Number.isNaN(dispatchedMs) ? nowMs : dispatchedMs) - joinedMs
    this.#responseMs[row] = answered ? nowMs - dispatchedMs : -1
    this.#totalMs[row] = nowMs - joinedMs
    this.#status[row] = requests.status(slot) || 503
  }

  /** The lines since the last call. */
  take(): ProxyLog {
    const from = this.#from
    const to = this.#next
    this.#from = to
    return {
      count: to - from,
      endedMs: this.#endedMs.subarray(from, to),
      queueMs: this.#queueMs.subarray(from, to),
      responseMs: this.#responseMs.subarray(from, to),
      totalMs: this.#totalMs.subarray(from, to),
      status: this.#status.subarray(from, to),
    }
  }

  /** A new sheet, which begins with the lines that nobody took yet; larger where they fill the old one. */
  #turn(): void {
    const waiting = this.#next - this.#from
    const size = this.#next === 0 ? FIRST_SHEET : Math.max(SHEET, 2 * waiting)
    this.#endedMs = this.#onNew(this.#endedMs, new Float64Array(size))
    this.#queueMs = this.#onNew(this.#queueMs, new Float64Array(size))
    this.#responseMs = this.#onNew(this.#responseMs, new Float64Array(size))
    this.#totalMs = this.#onNew(this.#totalMs, new Float64Array(size))
    this.#status = this.#onNew(this.#status, new Uint16Array(size))
    this.#from = 0
    this.#next = waiting
  }

  #onNew<T extends Float64Array | Uint16Array>(old: T, sheet: T): T {
    sheet.set(old.subarray(this.#from, this.#next))
    return sheet
  }
}
