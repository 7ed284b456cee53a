import type { ProxyLog } from '../control/signals.ts'
import { type Requests, TIME, WORD } from './requests.ts'

/** The simulated proxy's log: a line a request that has ended, in columns, taken whole at each reading. */
export class LogBuffer {
  #count = 0
  #endedMs = new Float64Array(64)
  #queueMs = new Float64Array(64)
  #responseMs = new Float64Array(64)
  #totalMs = new Float64Array(64)
  #status = new Uint16Array(64)

  /** @param answered the server's answer reached the proxy (timers: configuration manual 8.4; -1 not reached). */
  append(requests: Requests, slot: number, nowMs: number, answered: boolean): void {
    const row = this.#count++
    if (row === this.#endedMs.length) this.#grow()
    const dispatchedMs = requests.time[slot + TIME.dispatchedMs]!
    const joinedMs = requests.time[slot + TIME.joinedMs]!
    this.#endedMs[row] = nowMs
    this.#queueMs[row] = (Number.isNaN(dispatchedMs) ? nowMs : dispatchedMs) - joinedMs
    this.#responseMs[row] = answered ? nowMs - dispatchedMs : -1
    this.#totalMs[row] = nowMs - joinedMs
    this.#status[row] = requests.word[slot + WORD.status] || 503
  }

  /** The lines since the last call. */
  take(): ProxyLog {
    const count = this.#count
    this.#count = 0
    return {
      count,
      endedMs: this.#endedMs.slice(0, count),
      queueMs: this.#queueMs.slice(0, count),
      responseMs: this.#responseMs.slice(0, count),
      totalMs: this.#totalMs.slice(0, count),
      status: this.#status.slice(0, count),
    }
  }

  #grow(): void {
    const length = 2 * this.#endedMs.length
    const larger = (column: Float64Array) => {
      const twice = new Float64Array(length)
      twice.set(column)
      return twice
    }
    this.#endedMs = larger(this.#endedMs)
    this.#queueMs = larger(this.#queueMs)
    this.#responseMs = larger(this.#responseMs)
    this.#totalMs = larger(this.#totalMs)
    const status = new Uint16Array(length)
    status.set(this.#status)
    this.#status = status
  }
}
