import type { Random } from '../base/random.ts'
import { CONNECT_RETRIES, CONNECT_TIMEOUT_MS } from '../control/service.ts'
import type { ProxyCounters, ProxyLog } from '../control/signals.ts'
import { OUTCOMES, type ServiceSettings } from '../record/schema.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import type { Fleet, RequestListener } from './fleet.ts'
import type { HealthListener } from './healthChecks.ts'
import { Line } from './line.ts'
import { makeRotation } from './makeRotation.ts'
import { LogBuffer } from './proxyLog.ts'
import { CONNECTING, NONE, type Requests, SLOT, STATE } from './requests.ts'
import type { Rotation } from './rotation.ts'

/** Codes of the outcomes that no server answered. Hot code says 0 and 1 for the others, ok and rejected. */
const OUTCOME = {
  timeout: OUTCOMES.indexOf('timeout'),
  failed: OUTCOMES.indexOf('failed'),
} as const

/** A server as the proxy keeps it: in rotation, finishing, or found dead. */
const STATUS = { up: 0, drain: 1, down: 2 } as const
const STATUS_NAMES = ['up', 'drain', 'down'] as const

/** Slow start raises the weight in steps of this share of its time (HAProxy: a twentieth, at least 1 s). */
const SLOWSTART_STEPS = 20
const LEAST_STEP_MS = 1000
const LEAST_WEIGHT = 1 / 16

/** Who sent the requests, and hears what became of each. */
export interface ProxyClients {
  ended(slot: number): void
}

/**
 * HAProxy's frontend and backend: one queue, first come first served, in front of the servers that may take
 * at most `maxconn` requests each. Its counters and log lines are what HAProxy's would be, so that control/ reads
 * them as it reads the real ones. live/haproxy.ts is its twin.
 */
export class SimulatedProxy implements RequestListener, HealthListener {
  /** Requests at each server, and its weight, by its index in the fleet. */
  inFlight = new Int32Array(16)
  weight = new Float64Array(16)
  readonly #requests: Requests
  readonly #calendar: Calendar
  readonly #fleet: Fleet
  readonly #clients: ProxyClients
  readonly #settings: ServiceSettings
  readonly #limit: number
  readonly #queueTimeoutMs: number
  readonly #frontendLimit: number
  readonly #queueLimit: number
  readonly #rotation: Rotation
  readonly #takesTurns: boolean
  readonly #queue: Line
  readonly #knocking: Line
  readonly #log: LogBuffer | null
  /** Where lines go: null while the log is full, and where nobody reads it. */
  #writesTo: LogBuffer | null
  #logIsFull = false
  #status: number[] = []
  #servers: number[] = []
  /** Whom to tell when a draining server has no request left. */
  #drained: (null | (() => void))[] = []
  #requestsTotal = 0
  #open = 0
  #up = true
  #lettingIn = false

  constructor(
    parts: { requests: Requests; calendar: Calendar; fleet: Fleet; clients: ProxyClients; balance: Random },
    settings: ServiceSettings,
    logs: boolean,
  ) {
    this.#requests = parts.requests
    this.#calendar = parts.calendar
    this.#fleet = parts.fleet
    this.#clients = parts.clients
    this.#settings = settings
    this.#limit = settings.maxconn ?? Number.POSITIVE_INFINITY
    this.#queueTimeoutMs = settings.queueTimeoutMs
    this.#frontendLimit = settings.frontendMaxconn ?? Number.POSITIVE_INFINITY
    this.#queueLimit = settings.queueLimit ?? Number.POSITIVE_INFINITY
    this.#rotation = makeRotation(settings.balance, this, this.#limit, parts.balance)
    this.#takesTurns = settings.balance === 'roundrobin'
    this.#queue = new Line(parts.requests)
    this.#knocking = new Line(parts.requests)
    this.#log = logs ? new LogBuffer() : null
    this.#writesTo = this.#log
  }

  /** A request arrives from its client. */
  receive(slot: number): void {
    if (this.#up && this.#open < this.#frontendLimit) this.#admit(slot)
    else this.#holdOff(slot)
  }

  /** When the first in the queue has waited too long, ms; Infinity where nobody waits. */
  nextTimeoutMs(): number {
    const { head } = this.#queue
    return head < 0 ? Infinity : this.#requests.queuedMs(head) + this.#queueTimeoutMs
  }

  /** The first in the queue has waited too long. */
  expire(): void {
    this.#end(this.#queue.head, OUTCOME.failed, 503)
  }

  /** Its client gave up. */
  abandon(slot: number): void {
    this.#end(slot, OUTCOME.timeout, 0)
  }

  add(server: number): void {
    this.#makeRoom(server)
    this.inFlight[server] = 0
    this.#status[server] = STATUS.up
    this.#drained[server] = null
    this.#servers.push(server)
    this.#comeUp(server)
  }

  /** Takes a server out of rotation; `onIdle` is called when it has no request any more, perhaps at once. */
  drain(server: number, onIdle: () => void): void {
    this.#setStatus(server, STATUS.drain)
    this.#drained[server] = onIdle
    if (this.inFlight[server] === 0) this.#nowIdle(server)
  }

  /** Its index may be used again: those that still try to reach it are no longer counted there. */
  remove(server: number): void {
    if (this.inFlight[server]! > 0) this.#uncount(server)
    this.#setStatus(server, STATUS.down)
    this.#servers.splice(this.#servers.indexOf(server), 1)
    this.#drained[server] = null
  }

  /** The server was found dead: nothing more is sent to it. */
  wentDown(server: number): void {
    if (this.#status[server] === STATUS.up) this.#setStatus(server, STATUS.down)
  }

  /** A health check passed again. */
  cameUp(server: number): void {
    if (this.#status[server] !== STATUS.down) return
    this.#status[server] = STATUS.up
    this.#comeUp(server)
  }

  /** The server's answer: 200, or 429. */
  served(slot: number): void {
    if (this.#requests.status(slot) === 200) this.#end(slot, 0, 200)
    else this.#end(slot, 1, 429)
  }

  /** Its server died under it: tried elsewhere (`retry-on empty-response`). */
  broken(slot: number): void {
    this.#tryAgain(slot)
  }

  /** Event: a connection was not answered in time. */
  connectFailed(slot: number): void {
    this.#requests.setHolder(slot, NONE)
    if (this.#requests.state(slot) !== STATE.atServer) return this.#requests.release(slot)
    const server = this.#requests.backend(slot)
    if (server >= 0 && !this.#fleet.alive[server]) this.wentDown(server)
    this.#tryAgain(slot)
  }

  /** The proxy dies: its open requests break, its queue and counters are lost. Until `start` it refuses connections. */
  stop(): void {
    this.#up = false
    this.#requestsTotal = 0
    for (let slot = 0; slot < this.#requests.bound; slot += SLOT) {
      const state = this.#requests.state(slot)
      if (state === STATE.queued || state === STATE.atServer || state === STATE.knocking)
        this.#end(slot, OUTCOME.failed, 0)
    }
  }

  start(): void {
    this.#up = true
  }

  /**
   * A new worker takes over the servers and begins to count. The old one serves what it has to its end, in reality beside
   * the new one's queue and maxconn; here they stay in one queue, under one maxconn.
   */
  reload(): void {
    this.#requestsTotal = 0
  }

  /** Full: no line of the log can be written. */
  setLogFull(full: boolean): void {
    this.#logIsFull = full
    this.#writesTo = full ? null : this.#log
  }

  counters(): ProxyCounters | null {
    if (!this.#up) return null
    let inFlight = 0
    const servers = this.#servers.map((server) => {
      inFlight += this.inFlight[server]!
      return {
        name: this.#fleet.name[server]!,
        inFlight: this.inFlight[server]!,
        status: STATUS_NAMES[this.#status[server]!]!,
      }
    })
    return { requestsTotal: this.#requestsTotal, queued: this.#queue.length, inFlight, servers }
  }

  /** The log lines since the last call. */
  takeLog(): ProxyLog {
    return this.#log!.take()
  }

  /** Nobody listens, or the frontend is full. */
  #holdOff(slot: number): void {
    this.#requests.join(slot, Number.NaN)
    if (!this.#up) return this.#end(slot, OUTCOME.failed, 0)
    this.#requests.setState(slot, STATE.knocking)
    this.#knocking.join(slot)
  }

  #admit(slot: number): void {
    this.#open++
    this.#requestsTotal++
    this.#requests.join(slot, this.#calendar.nowMs)
    this.#place(slot)
  }

  #place(slot: number): void {
    const server = this.#rotation.choose()
    if (server < 0) return this.#enqueue(slot)
    this.#give(slot, server)
    this.#rotation.changed(server)
  }

  #enqueue(slot: number): void {
    if (this.#rotation.up === 0 || this.#queue.length >= this.#queueLimit)
      return this.#end(slot, OUTCOME.failed, 503)
    this.#requests.queue(slot, this.#calendar.nowMs)
    this.#queue.join(slot)
  }

  /** Hands a request to a server. The rotation is told of the change afterwards. */
  #give(slot: number, server: number): void {
    const fleet = this.#fleet
    this.inFlight[server]!++
    if (this.#takesTurns) this.#rotation.used(server)
    this.#requests.dispatch(slot, server, fleet.number[server]!, this.#calendar.nowMs)
    if (!fleet.accept(server, slot)) this.#connectLater(slot)
  }

  /** The server is dead, or its backlog is full: the connection is not answered. */
  #connectLater(slot: number): void {
    this.#requests.setHolder(slot, CONNECTING)
    const failsMs = this.#calendar.nowMs + CONNECT_TIMEOUT_MS
    this.#calendar.at(failsMs, RANK.replica, EVENT.connectFailed, slot)
  }

  /** The next one, and after CONNECT_RETRIES of them 503. */
  #tryAgain(slot: number): void {
    const requests = this.#requests
    const failed = requests.connects(slot)
    requests.setConnects(slot, failed + 1)
    if (failed >= CONNECT_RETRIES) return this.#end(slot, OUTCOME.failed, 503)
    const server = requests.backend(slot)
    requests.join(slot, requests.joinedMs(slot))
    if (server >= 0) {
      this.inFlight[server]!--
      this.#refill(server)
    }
    this.#place(slot)
  }

  /** A server with room takes from the head of the queue. */
  #refill(server: number): void {
    while (
      this.#up &&
      this.#queue.head >= 0 &&
      this.inFlight[server]! < this.#limit &&
      this.#status[server] === 0
    ) {
      this.#give(this.#queue.shift(), server)
    }
    this.#rotation.changed(server)
    if (this.inFlight[server] === 0 && this.#drained[server] !== null) this.#nowIdle(server)
  }

  /**
   * A request has ended for its client: it leaves the queue (`option abortonclose`) or frees its place at its
   * server, which may go on with it all the same.
   */
  #end(slot: number, outcome: number, status: number): void {
    const requests = this.#requests
    const { nowMs } = this.#calendar
    const was = requests.state(slot)
    const server = was === 4 ? requests.backend(slot) : -1
    const answered = outcome <= 1
    if (was === 3) this.#queue.leave(slot)
    requests.end(slot, outcome, status, nowMs, answered)
    if (was !== 2 && requests.joinedMs(slot) >= 0) {
      this.#open--
      if (this.#writesTo !== null && this.#up) this.#writesTo.append(requests, slot, nowMs, answered)
      else if (this.#logIsFull) requests.forgetTimers(slot)
    } else if (was === 2) this.#knocking.leave(slot)
    this.#clients.ended(slot)
    if (server >= 0) {
      this.inFlight[server]!--
      this.#refill(server)
    }
    if (this.#knocking.head >= 0) this.#letIn()
  }

  /** The frontend has room again. One that is let in may end at once and call this again: it finds it at work. */
  #letIn(): void {
    if (this.#lettingIn) return
    this.#lettingIn = true
    while (this.#up && this.#open < this.#frontendLimit && this.#knocking.head >= 0)
      this.#admit(this.#knocking.shift())
    this.#lettingIn = false
  }

  #uncount(server: number): void {
    const requests = this.#requests
    for (let slot = 0; slot < requests.bound; slot += SLOT)
      if (requests.state(slot) === STATE.atServer && requests.backend(slot) === server)
        requests.setBackend(slot, NONE)
  }

  #comeUp(server: number): void {
    this.weight[server] = this.#settings.slowstartMs ? LEAST_WEIGHT : 1
    this.#rotation.join(server)
    this.#refill(server)
    this.#warmUp(server, this.#calendar.nowMs)
  }

  #setStatus(server: number, status: number): void {
    if (this.#status[server] === STATUS.up) this.#rotation.leave(server)
    this.#status[server] = status
  }

  #nowIdle(server: number): void {
    const onIdle = this.#drained[server]!
    this.#drained[server] = null
    onIdle()
  }

  /** Slow start: weight = 1/16 + time since ready / slowstart, in steps, at most 1 (HAProxy: server_recalc_eweight). */
  #warmUp(server: number, readyMs: number): void {
    const { slowstartMs } = this.#settings
    if (!slowstartMs) return
    const number = this.#fleet.number[server]
    const step = () => {
      if (this.#fleet.number[server] !== number) return
      this.weight[server] = Math.min(1, LEAST_WEIGHT + (this.#calendar.nowMs - readyMs) / slowstartMs)
      this.#rotation.changed(server)
      if (this.weight[server]! < 1) this.#warmUp(server, readyMs)
    }
    const stepMs = Math.max(LEAST_STEP_MS, slowstartMs / SLOWSTART_STEPS)
    this.#calendar.later(this.#calendar.nowMs + stepMs, RANK.replica, step)
  }

  #makeRoom(server: number): void {
    if (server < this.inFlight.length) return
    const inFlight = new Int32Array(2 * server)
    inFlight.set(this.inFlight)
    this.inFlight = inFlight
    const weight = new Float64Array(2 * server)
    weight.set(this.weight)
    this.weight = weight
  }
}
