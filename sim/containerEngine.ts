import { ENGINE_RESTART_MS, REPLICA_POLL_MS } from '../control/service.ts'
import { type Calendar, RANK } from './calendar.ts'
import { Outage } from './outage.ts'

/**
 * The container engine's service as the plant meets it: it answers at once, unless a fault keeps it from that. How
 * long what it was asked for takes is the plant's matter (sim/plant.ts).
 */
export class ContainerEngine {
  /** It takes calls and does not answer. */
  readonly standstill = new Outage()
  /** It answers errors. */
  readonly errors = new Outage()
  readonly #calendar: Calendar
  #deathsMs: number[] = []

  constructor(calendar: Calendar) {
    this.#calendar = calendar
  }

  /** `done` when it answers; `refused` where that is an error. */
  call(done: () => void, refused: () => void): void {
    this.standstill.after(() => (this.errors.lasts ? refused() : done()))
  }

  /** The same call until it is no error. */
  insist(done: () => void): void {
    this.call(done, () => this.errors.after(() => this.insist(done)))
  }

  /** At the first of the plant's looks at its containers from then on that brings an answer. */
  atLook(fromMs: number, act: () => void): void {
    const { nowMs } = this.#calendar
    const lookMs = Math.max(nowMs, Math.ceil(fromMs / REPLICA_POLL_MS) * REPLICA_POLL_MS)
    const again = () => this.atLook(this.#calendar.nowMs, act)
    this.#calendar.later(lookMs, RANK.replica, () => this.call(act, () => this.errors.after(again)))
  }

  /** Its service dies and is started again. */
  die(): void {
    const { nowMs } = this.#calendar
    this.#deathsMs.push(nowMs)
    this.standstill.begin()
    this.#calendar.later(nowMs + ENGINE_RESTART_MS, RANK.replica, () => this.standstill.end())
  }

  /** By how much what was begun then and would be done now is late: it was asked for again after each death. */
  lostMsSince(beganMs: number): number {
    const { nowMs } = this.#calendar
    return ENGINE_RESTART_MS * this.#deathsMs.filter((ms) => ms >= beganMs && ms < nowMs).length
  }
}
