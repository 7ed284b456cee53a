import { type Calendar, EVENT, RANK } from './calendar.ts'
import type { Draws } from './draws.ts'
import type { Host } from './host.ts'
import { Line } from './line.ts'
import type { RateLimiter } from './rateLimiter.ts'
import { NONE, type Requests, SLOT, STATE, TIME, WORD } from './requests.ts'

const TOO_MANY = 429

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
  readonly #requests: Requests
  readonly #calendar: Calendar
  readonly #host: Host | null
  readonly #thread: Thread
  readonly #busy: number[] = []
  readonly #backlogs: Line[] = []
  readonly #unused: number[] = []
  #proxy!: RequestListener
  #checks: CheckListener | null = null

  constructor(requests: Requests, calendar: Calendar, host: Host | null, thread: Thread) {
    this.#requests = requests
    this.#calendar = calendar
    this.#host = host
    this.#thread = thread
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
    this.#busy[server] = 0
    this.#backlogs[server] ??= new Line(this.#requests)
    this.#thread.limiter?.open(server)
    return server
  }

  /** Takes a connection, and starts it at once where a worker is free. False: dead, or its backlog is full. */
  accept(server: number, slot: number): boolean {
    if (this.alive[server] === 0) return false
    if (this.#busy[server]! < this.#thread.workers) this.#begin(server, slot)
    else if (!this.#wait(server, slot)) return false
    this.#requests.word[slot + WORD.holder] = server
    return true
  }

  /** Event: the time without the host's CPU is over. */
  held(slot: number): void {
    if (this.#host !== null && this.#worksOnHost(slot))
      this.#host.addRequest(slot, this.#requests.time[slot + TIME.workMs]!, this.#calendar.nowMs)
    else this.finished(slot)
  }

  /** A worker is done with a request, and takes the next one from the backlog. */
  finished(slot: number): void {
    const { word } = this.#requests
    const server = word[slot + WORD.holder]!
    word[slot + WORD.holder] = NONE
    this.#busy[server]!--
    const next = this.#backlogs[server]!.shift()
    if (next !== NONE) this.#begin(server, next)
    if (word[slot + WORD.state] === STATE.atServer) this.#proxy.served(slot)
    else if (word[slot + WORD.state] === STATE.check) this.#checks!.answered(slot, server)
    else this.#requests.release(slot)
  }

  /** The process dies: all that it had breaks. */
  kill(server: number): void {
    if (!this.alive[server]) return
    this.alive[server] = 0
    this.#busy[server] = 0
    const lost = [...this.#onThreads(server), ...this.#inBacklog(server)]
    for (const slot of lost) this.#requests.word[slot + WORD.holder] = NONE
    for (const slot of lost) {
      const state = this.#requests.word[slot + WORD.state]
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

  #begin(server: number, slot: number): void {
    this.#busy[server]!++
    const heldMs =
      this.#thread.limiter === null ? this.#requests.time[slot + TIME.holdMs]! : this.#limitedMs(server, slot)
    this.#calendar.at(this.#calendar.nowMs + heldMs, RANK.departure, EVENT.served, slot)
  }

  /** The same under a rate limit: one over it is rejected at once. */
  #limitedMs(server: number, slot: number): number {
    const { time, word } = this.#requests
    const { limiter, rejectMs } = this.#thread
    if (word[slot + WORD.state] === STATE.check || limiter!.admits(server, this.#calendar.nowMs))
      return time[slot + TIME.holdMs]!
    word[slot + WORD.status] = TOO_MANY
    return rejectMs.next()
  }

  #wait(server: number, slot: number): boolean {
    const backlog = this.#backlogs[server]!
    if (backlog.length >= this.#thread.backlog) return false
    backlog.join(slot)
    return true
  }

  #worksOnHost(slot: number): boolean {
    return (
      this.#requests.time[slot + TIME.workMs]! > 0 && this.#requests.word[slot + WORD.status] !== TOO_MANY
    )
  }

  #inBacklog(server: number): number[] {
    const slots: number[] = []
    for (let slot = this.#backlogs[server]!.shift(); slot !== NONE; slot = this.#backlogs[server]!.shift())
      slots.push(slot)
    return slots
  }

  /** Looks at every request: servers die rarely. Their further events are forgotten. */
  #onThreads(server: number): number[] {
    const { word, end } = this.#requests
    const inBacklog = new Set<number>()
    for (
      let slot = this.#backlogs[server]!.head;
      slot !== NONE;
      slot = this.#requests.word[slot + WORD.next]!
    )
      inBacklog.add(slot)
    const slots: number[] = []
    for (let slot = 0; slot < end; slot += SLOT) {
      if (
        word[slot + WORD.state] === STATE.free ||
        word[slot + WORD.holder] !== server ||
        inBacklog.has(slot)
      )
        continue
      slots.push(slot)
      const wasHeld = this.#calendar.forget(EVENT.served, slot)
      if (!wasHeld && this.#host !== null) this.#host.removeRequest(slot, this.#calendar.nowMs)
    }
    return slots
  }
}
