import { CONNECT_TIMEOUT_MS } from '../control/service.ts'
import type { HealthChecks as Settings } from '../record/schema.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import type { Draws } from './draws.ts'
import type { CheckListener, Fleet } from './fleet.ts'
import { NONE, type Requests, STATE } from './requests.ts'

/** Whom to tell that a server was found down, or up again. */
export interface HealthListener {
  wentDown(server: number): void
  cameUp(server: number): void
}

/**
 * The proxy's health checks: requests that the server's one thread must answer in its turn, so that a long
 * backlog makes a healthy server look dead (configuration manual 2.6, 5.2 `inter`, `rise`, `fall`, `timeout
 * check`). They do not pass the proxy's queue and count in none of its counters.
 */
export class HealthChecks implements CheckListener {
  readonly #settings: Settings
  readonly #requests: Requests
  readonly #calendar: Calendar
  readonly #fleet: Fleet
  readonly #checkMs: Draws
  readonly #listener: HealthListener
  /** By server: the check under way, when it began, results in a row against the present state, and that state. */
  #pending: number[] = []
  #beganMs: number[] = []
  #against: number[] = []
  #isUp: boolean[] = []

  constructor(
    settings: Settings,
    parts: { requests: Requests; calendar: Calendar; fleet: Fleet; checkMs: Draws },
    listener: HealthListener,
  ) {
    this.#settings = settings
    this.#requests = parts.requests
    this.#calendar = parts.calendar
    this.#fleet = parts.fleet
    this.#checkMs = parts.checkMs
    this.#listener = listener
  }

  /** A server that has just become ready: its first check was passed. */
  watch(server: number): void {
    this.#pending[server] = NONE
    this.#against[server] = 0
    this.#isUp[server] = true
    this.#schedule(server, this.#calendar.nowMs + this.#settings.intervalMs)
  }

  /** The server leaves the configuration. */
  forget(server: number): void {
    this.#calendar.forget(EVENT.check, server)
    this.#calendar.forget(EVENT.checkTimeout, server)
    this.#abandon(server)
  }

  /** Event: time for the next check. */
  due(server: number): void {
    const { nowMs } = this.#calendar
    const slot = this.#requests.take()
    this.#requests.makeCheck(slot, this.#checkMs.next())
    this.#pending[server] = slot
    this.#beganMs[server] = nowMs
    const connected = this.#fleet.accept(server, slot)
    const { timeoutMs } = this.#settings
    const patienceMs = connected ? timeoutMs : Math.min(timeoutMs, CONNECT_TIMEOUT_MS)
    this.#calendar.at(nowMs + patienceMs, RANK.replica, EVENT.checkTimeout, server)
  }

  answered(slot: number, server: number): void {
    this.#ended(slot, server, true)
  }

  /** The server died under it. */
  broken(slot: number, server: number): void {
    this.#ended(slot, server, false)
  }

  #ended(slot: number, server: number, passed: boolean): void {
    this.#requests.release(slot)
    if (this.#pending[server] !== slot) return
    this.#pending[server] = NONE
    this.#judge(server, passed)
  }

  /** Event: the time-out of the check that began so long ago, if it is still under way. */
  timedOut(server: number): void {
    if (this.#pending[server] === NONE) return
    const ageMs = this.#calendar.nowMs - this.#beganMs[server]!
    if (ageMs < Math.min(this.#settings.timeoutMs, CONNECT_TIMEOUT_MS) - 1e-6) return
    const connected = this.#requests.holder(this.#pending[server]!) !== NONE
    if (connected && ageMs < this.#settings.timeoutMs - 1e-6) return
    this.#abandon(server)
    this.#judge(server, false)
  }

  /** The server may still work on it: the slot is freed when it has. */
  #abandon(server: number): void {
    const slot = this.#pending[server]
    if (slot === undefined || slot === NONE) return
    this.#pending[server] = NONE
    if (this.#requests.holder(slot) === NONE) this.#requests.release(slot)
    else this.#requests.setState(slot, STATE.ended)
  }

  #judge(server: number, passed: boolean): void {
    const { rise, fall, intervalMs, downIntervalMs } = this.#settings
    this.#against[server] = passed === this.#isUp[server] ? 0 : this.#against[server]! + 1
    if (this.#against[server]! >= (this.#isUp[server] ? fall : rise)) {
      this.#against[server] = 0
      this.#isUp[server] = passed
      if (passed) this.#listener.cameUp(server)
      else this.#listener.wentDown(server)
    }
    const interval = this.#isUp[server] ? intervalMs : downIntervalMs
    this.#schedule(server, Math.max(this.#calendar.nowMs, this.#beganMs[server]! + interval))
  }

  #schedule(server: number, atMs: number): void {
    this.#calendar.at(atMs, RANK.replica, EVENT.check, server)
  }
}
