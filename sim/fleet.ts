import { type Calendar, EVENT } from './calendar.ts'
import type { Draws } from './draws.ts'
import type { Host } from './host.ts'
import { Line } from './line.ts'
import type { RateLimiter } from './rateLimiter.ts'
import { NONE, type Requests, SLOT, STATE } from './requests.ts'

/** Whom a server tells what became of a request, or of a check, that it was given. */
export interface RequestListener {
  /** Worked to its end. */
  served(slot: number): void
  /** The server died under it. */
  broken(slot: number): void
}
export interface CheckListener {
  answered(slot: number, server: number): void
  broken(slot: number, server: number): void
}

/** How a server works, from the model (sim/model.ts ContainerModel). */
export interface Thread {
  workers: number
  backlog: number
  limiter: RateLimiter | null
  rejectMs: Draws
}

/**
 * The replicas' processes: each has its workers and a listen backlog, first come first served. None knows
 * whether the client still waits: a request that was begun is worked to its end, as Werkzeug does. Servers
 * are numbered by an index that is used again after `close`.
 */
export class Fleet {
  /** By server: 1 while the process lives. */
  readonly alive: number[] = []
  /** By server: k of its name wk. */
  readonly number: number[] = []
  readonly name: string[] = []
  readonly #requests: Requests
  readonly #calendar: Calendar
  readonly #host: Host | null
  readonly #workers: number
  readonly #backlogLimit: number
  readonly #limiter: RateLimiter | null
  readonly #rejectMs: Draws
  readonly #busy: number[] = []
  readonly #backlogs: Line[] = []
  readonly #unused: number[] = []
  #proxy!: RequestListener
  #checks: CheckListener | null = null

  constructor(requests: Requests, calendar: Calendar, host: Host | null, thread: Thread) {
    this.#requests = requests
    this.#calendar = calendar
    this.#host = host
    this.#workers = thread.workers
    this.#backlogLimit = thread.backlog
    this.#limiter = thread.limiter
    this.#rejectMs = thread.rejectMs
  }

  connect(proxy: RequestListener, checks: CheckListener | null): void {
    this.#proxy = proxy
    this.#checks = checks
  }

  /** A new process. Returns its index. */
  open(number: number): number {
    const server = this.#unused.pop() ?? this.alive.length
    this.alive[server] = 1
    this.number[server] = number
    this.name[server] = `w${number}`
    this.#busy[server] = 0
    this.#backlogs[server] ??= new Line(this.#requests)
    this.#limiter?.open(server)
    return server
  }

  /** Takes a connection, and starts it at once where a worker is free. False: dead, or its backlog is full. */
  accept(server: number, slot: number): boolean {
    if (this.alive[server] === 0) return false
    if (this.#busy[server]! < this.#workers) this.#begin(server, slot)
    else if (!this.#wait(server, slot)) return false
    this.#requests.setHolder(slot, server)
    return true
  }

  /** Event: the time without the host's CPU is over. */
  held(slot: number): void {
    if (this.#host !== null && this.#worksOnHost(slot))
      this.#host.addRequest(slot, this.#requests.workMs(slot), this.#calendar.nowMs)
    else this.finished(slot)
  }

  /** A worker is done with a request, and takes the next one from the backlog. */
  finished(slot: number): void {
    const requests = this.#requests
    const server = requests.holder(slot)
    requests.setHolder(slot, -1)
    this.#busy[server]!--
    const next = this.#backlogs[server]!.shift()
    if (next >= 0) this.#begin(server, next)
    if (requests.state(slot) === 4) this.#proxy.served(slot)
    else this.#unwanted(slot, server)
  }

  /** The process dies: all that it had breaks. */
  kill(server: number): void {
    if (!this.alive[server]) return
    this.alive[server] = 0
    if (this.#busy[server] === 0) return
    this.#busy[server] = 0
    const lost = [...this.#onThreads(server), ...this.#inBacklog(server)]
    for (const slot of lost) {
      this.#requests.setHolder(slot, NONE)
      const state = this.#requests.state(slot)
      if (state === STATE.atServer) this.#proxy.broken(slot)
      else if (state === STATE.check) this.#checks!.broken(slot, server)
      else this.#requests.release(slot)
    }
  }

  /** The process is gone and its index may be used again. */
  close(server: number): void {
    this.kill(server)
    this.#unused.push(server)
  }

  /** Not a request that somebody waits for: a check's answer, or one whose client gave up. */
  #unwanted(slot: number, server: number): void {
    if (this.#requests.state(slot) === STATE.check) this.#checks!.answered(slot, server)
    else this.#requests.release(slot)
  }

  #begin(server: number, slot: number): void {
    this.#busy[server]!++
    const heldMs = this.#limiter === null ? this.#requests.holdMs(slot) : this.#limitedMs(server, slot)
    this.#calendar.willServe(this.#calendar.nowMs + heldMs, slot)
  }

  /** The same under a rate limit: one over it is rejected at once. */
  #limitedMs(server: number, slot: number): number {
    const isCheck = this.#requests.state(slot) === STATE.check
    if (isCheck || this.#limiter!.admits(server, this.#calendar.nowMs)) return this.#requests.holdMs(slot)
    this.#requests.setStatus(slot, 429)
    return this.#rejectMs.next()
  }

  #wait(server: number, slot: number): boolean {
    const backlog = this.#backlogs[server]!
    if (backlog.length >= this.#backlogLimit) return false
    backlog.join(slot)
    return true
  }

  #worksOnHost(slot: number): boolean {
    return this.#requests.workMs(slot) > 0 && this.#requests.status(slot) !== 429
  }

  #inBacklog(server: number): number[] {
    const slots: number[] = []
    for (let slot = this.#backlogs[server]!.shift(); slot >= 0; slot = this.#backlogs[server]!.shift())
      slots.push(slot)
    return slots
  }

  /** Looks at every request: servers die rarely. Their further events are forgotten. */
  #onThreads(server: number): number[] {
    const requests = this.#requests
    const inBacklog = new Set<number>()
    for (let slot = this.#backlogs[server]!.head; slot >= 0; slot = requests.next(slot)) inBacklog.add(slot)
    const slots: number[] = []
    for (let slot = 0; slot < requests.bound; slot += SLOT) {
      const isHere = requests.state(slot) !== STATE.free && requests.holder(slot) === server
      if (!isHere || inBacklog.has(slot)) continue
      slots.push(slot)
      const wasHeld = this.#calendar.forget(EVENT.served, slot)
      if (!wasHeld && this.#host !== null) this.#host.removeRequest(slot, this.#calendar.nowMs)
    }
    return slots
  }
}
