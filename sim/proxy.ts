import { assert } from '../base/assert.ts'
import { CONNECT_RETRIES, CONNECT_TIMEOUT_MS } from '../control/service.ts'
import type { ProxyCounters, ProxyLogEntry } from '../control/signals.ts'
import type { Outcome, ServiceSettings } from '../record/schema.ts'
import type { Balance, Candidate } from './balance.ts'
import { type Kernel, RANK } from './kernel.ts'
import type { Request } from './request.ts'
import type { Server, ServerEnd } from './server.ts'

/** A server as the proxy keeps it: in rotation (`up`) or finishing (`drain`), or found dead (`down`). */
interface Backend extends Candidate {
  readonly server: Server
  status: 'up' | 'drain' | 'down'
}

/**
 * HAProxy's backend: one queue, first come first served, in front of the servers that may take at most
 * `maxconn` requests each. Its counters and log lines are what HAProxy's would be, so that control/ reads
 * them as it reads the real ones. live/haproxy.ts is its twin.
 */
export class SimulatedProxy {
  readonly #kernel: Kernel
  readonly #settings: ServiceSettings
  readonly #balance: Balance
  readonly #limit: number
  #backends = new Map<string, Backend>()
  #queue: Request[] = []
  #atServers = new Set<Request>()
  /** Whom to tell when a draining server has no request left. */
  #drained = new Map<string, () => void>()
  #log: ProxyLogEntry[] = []
  #requestsTotal = 0
  #handOvers = 0
  #up = true

  constructor(kernel: Kernel, settings: ServiceSettings, balance: Balance) {
    this.#kernel = kernel
    this.#settings = settings
    this.#balance = balance
    this.#limit = settings.maxconn ?? Number.POSITIVE_INFINITY
  }

  /** A request arrives from its client. */
  receive(request: Request): void {
    request.joinedMs = this.#kernel.nowMs
    request.giveUp = this.#kernel.at(request.intendedMs + this.#settings.clientTimeoutMs, RANK.timeout, () =>
      this.#abandon(request),
    )
    if (!this.#up) return this.#end(request, 'failed', 0)
    this.#requestsTotal++
    this.#place(request)
  }

  add(server: Server): void {
    const backend: Backend = { server, name: server.name, inFlight: 0, lastUsed: 0, status: 'up' }
    this.#backends.set(server.name, backend)
    this.#feed(backend)
  }

  /** Takes a server out of rotation; `onIdle` is called when it has no request any more, perhaps at once. */
  drain(name: string, onIdle: () => void): void {
    const backend = this.#backends.get(name)
    assert(backend, `no server ${name} to drain`)
    backend.status = 'drain'
    this.#drained.set(name, onIdle)
    this.#checkDrained(backend)
  }

  remove(name: string): void {
    this.#backends.delete(name)
    this.#drained.delete(name)
  }

  /** The server was found dead: nothing more is sent to it. */
  markDown(name: string): void {
    const backend = this.#backends.get(name)
    if (backend) backend.status = 'down'
  }

  /** What a server reports when a request ends there. A broken one is tried elsewhere (`retry-on empty-response`). */
  serverEnded(name: string, request: Request, end: ServerEnd): void {
    if (request.state !== 'at-server' || request.server !== name) return
    if (end === 'served') this.#end(request, 'ok', 200)
    else this.#tryAgain(request)
  }

  /** The proxy dies: its open requests break, its queue and counters are lost. Until `start` it refuses connections. */
  stop(): void {
    this.#up = false
    const open = [...this.#queue, ...this.#atServers]
    this.#queue = []
    this.#requestsTotal = 0
    for (const request of open) this.#end(request, 'failed', 0)
  }

  start(): void {
    this.#up = true
  }

  counters(): ProxyCounters | null {
    if (!this.#up) return null
    const servers = [...this.#backends.values()]
    return {
      requestsTotal: this.#requestsTotal,
      queued: this.#queue.length,
      inFlight: servers.reduce((sum, backend) => sum + backend.inFlight, 0),
      servers: servers.map(({ name, inFlight, status }) => ({ name, inFlight, status })),
    }
  }

  /** The log lines since the last call. */
  takeLog(): ProxyLogEntry[] {
    const lines = this.#log
    this.#log = []
    return lines
  }

  #place(request: Request): void {
    const up = [...this.#backends.values()].filter(({ status }) => status === 'up')
    if (up.length === 0) return this.#end(request, 'failed', 503)
    const chosen = this.#balance(up, this.#limit)
    if (chosen) return this.#handOver(request, chosen)
    request.state = 'queued'
    this.#queue.push(request)
    this.#kernel.at(
      Math.max(this.#kernel.nowMs, request.joinedMs + this.#settings.queueTimeoutMs),
      RANK.timeout,
      () => {
        if (request.state !== 'queued') return
        this.#leaveQueue(request)
        this.#end(request, 'failed', 503)
      },
    )
  }

  #handOver(request: Request, backend: Backend): void {
    backend.inFlight++
    backend.lastUsed = ++this.#handOvers
    request.state = 'at-server'
    request.server = backend.name
    request.dispatchedMs = this.#kernel.nowMs
    this.#atServers.add(request)
    if (backend.server.alive) return backend.server.accept(request)
    this.#kernel.at(this.#kernel.nowMs + CONNECT_TIMEOUT_MS, RANK.replica, () => {
      if (request.state !== 'at-server' || request.server !== backend.name) return
      backend.status = 'down'
      this.#tryAgain(request)
    })
  }

  /** Its server died under it or cannot be reached: the next one, and after CONNECT_RETRIES of them 503. */
  #tryAgain(request: Request): void {
    if (request.retries++ >= CONNECT_RETRIES) return this.#end(request, 'failed', 503)
    this.#release(request)
    this.#place(request)
  }

  /** A server with room takes from the head of the queue. */
  #feed(backend: Backend): void {
    while (this.#queue.length > 0 && backend.status === 'up' && backend.inFlight < this.#limit) {
      this.#handOver(this.#queue.shift()!, backend)
    }
  }

  /** The client gave up: a queued request leaves the queue (`option abortonclose`), one at a server frees its slot there. */
  #abandon(request: Request): void {
    if (request.state === 'ended') return
    if (request.state === 'queued') this.#leaveQueue(request)
    this.#end(request, 'timeout', 0)
  }

  #leaveQueue(request: Request): void {
    this.#queue.splice(this.#queue.indexOf(request), 1)
  }

  #end(request: Request, outcome: Outcome, status: number): void {
    const served = request.state === 'at-server'
    const backend = served ? this.#release(request) : undefined
    request.state = 'ended'
    request.outcome = outcome
    request.status = status
    if (outcome === 'ok') request.leftMs = this.#kernel.nowMs
    request.doneMs = this.#kernel.nowMs + (outcome === 'ok' ? request.transitMs : 0)
    if (request.giveUp) request.giveUp.run = null
    if (this.#up) this.#log.push(logEntry(request, this.#kernel.nowMs, served))
    if (this.#up && backend) this.#feed(backend)
  }

  /** Frees the request's place at its server. */
  #release(request: Request): Backend | undefined {
    this.#atServers.delete(request)
    const backend = this.#backends.get(request.server)
    if (!backend) return undefined
    backend.inFlight--
    this.#checkDrained(backend)
    return backend
  }

  #checkDrained(backend: Backend): void {
    const onIdle = this.#drained.get(backend.name)
    if (!onIdle || backend.inFlight > 0) return
    this.#drained.delete(backend.name)
    onIdle()
  }
}

function logEntry(request: Request, nowMs: number, served: boolean): ProxyLogEntry {
  const dispatchedMs = served ? request.dispatchedMs : nowMs
  return {
    endedMs: nowMs,
    id: String(request.index),
    server: served ? request.server : '',
    status: request.status === 0 ? 503 : request.status,
    queueMs: dispatchedMs - request.joinedMs,
    connectMs: served ? 0 : -1,
    responseMs: request.outcome === 'ok' ? nowMs - dispatchedMs : -1,
    totalMs: nowMs - request.joinedMs,
  }
}
