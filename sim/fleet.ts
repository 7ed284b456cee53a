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

/** What a server was doing when it died or stood still. */
interface Interrupted {
  slot: number
  /** When the time without the host's CPU is over; null where that was over already. */
  heldUntilMs: number | null
  /** Left of the work on the host's CPU. */
  cpuMs: number
}

/** Added to a server's busy workers while it stands still: none is free then. */
const ALL_BUSY = 2 ** 20

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
  /** What was on the threads of the servers that stand still. */
  readonly #frozen = new Map<number, Interrupted[]>()
  /** By server: how many times as long its CPU work takes. */
  readonly #slowness: number[] = []
  /** Whether no server has a rate limit or is slow: the usual case. */
  #plain: boolean
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
    this.#plain = this.#limiter === null
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
    this.#slowness[server] = 1
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
    const onThreads = this.#frozen.get(server) ?? this.#interrupt(server)
    this.#frozen.delete(server)
    const lost = [...onThreads.map(({ slot }) => slot), ...this.#inBacklog(server)]
    for (const slot of lost) {
      this.#requests.setHolder(slot, NONE)
      const state = this.#requests.state(slot)
      if (state === STATE.atServer) this.#proxy.broken(slot)
      else if (state === STATE.check) this.#checks!.broken(slot, server)
      else this.#requests.release(slot)
    }
  }

  /**
   * All processes of a server stand still until `thaw`. The kernel goes on to accept connections into its backlog; a
   * sleep goes on too, but its end is noticed only then. False where they stand still already.
   */
  freeze(server: number): boolean {
    if (this.#frozen.has(server)) return false
    this.#frozen.set(server, this.#interrupt(server))
    this.#busy[server]! += ALL_BUSY
    return true
  }

  /** A server that died meanwhile stays dead. */
  thaw(server: number): void {
    const interrupted = this.#frozen.get(server)
    if (!interrupted) return
    this.#frozen.delete(server)
    this.#busy[server]! -= ALL_BUSY
    for (const work of interrupted) this.#goOn(work)
    const backlog = this.#backlogs[server]!
    while (this.#busy[server]! < this.#workers && backlog.length > 0) this.#begin(server, backlog.shift())
  }

  /**
   * From now on the server has 1/factor of a core: the CPU work of requests that it begins takes `factor` times as
   * long, of which it uses the host's cores for as long as before. 1: all of a core again.
   */
  slow(server: number, factor: number): void {
    this.#slowness[server] = factor
    this.#plain = this.#limiter === null && this.#slowness.every((slowness) => slowness === 1)
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
    const heldMs = this.#plain ? this.#requests.holdMs(slot) : this.#unusualMs(server, slot)
    this.#calendar.willServe(this.#calendar.nowMs + heldMs, slot)
  }

  /** The same under a rate limit, where one over it is rejected at once, and at a slow server. */
  #unusualMs(server: number, slot: number): number {
    const requests = this.#requests
    const isCounted = this.#limiter !== null && requests.state(slot) !== STATE.check
    if (isCounted && !this.#limiter!.admits(server, this.#calendar.nowMs)) {
      requests.setStatus(slot, 429)
      return this.#rejectMs.next()
    }
    return requests.holdMs(slot) + (this.#slowness[server]! - 1) * requests.workMs(slot)
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

  #goOn({ slot, heldUntilMs, cpuMs }: Interrupted): void {
    const { nowMs } = this.#calendar
    if (heldUntilMs === null) this.#host!.addRequest(slot, cpuMs, nowMs)
    else this.#calendar.willServe(Math.max(nowMs, heldUntilMs), slot)
  }

  /** Takes from a server's threads what is on them. Looks at every request: servers die or stand still rarely. */
  #interrupt(server: number): Interrupted[] {
    const requests = this.#requests
    const inBacklog = new Set<number>()
    for (let slot = this.#backlogs[server]!.head; slot >= 0; slot = requests.next(slot)) inBacklog.add(slot)
    const interrupted: Interrupted[] = []
    for (let slot = 0; slot < requests.bound; slot += SLOT) {
      const isHere = requests.state(slot) !== STATE.free && requests.holder(slot) === server
      if (!isHere || inBacklog.has(slot)) continue
      const heldUntilMs = this.#calendar.forget(EVENT.served, slot)
      const onHost = heldUntilMs === null && this.#host !== null
      const cpuMs = onHost ? this.#host!.removeRequest(slot, this.#calendar.nowMs) : 0
      interrupted.push({ slot, heldUntilMs, cpuMs })
    }
    return interrupted
  }
}
