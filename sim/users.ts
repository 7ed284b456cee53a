import { exponential, type Random, stream } from '../base/random.ts'
import { type ClosedLoad, REQUEST_CLASSES, type ThinkTime, type Trace } from '../traces/trace.ts'
import { userMoves } from '../traces/users.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import type { Clients } from './clients.ts'

const LEAST_PAUSE_MS = 1

/** What one user is doing. */
const AT = { rest: 0, thinking: 1, waiting: 2 } as const

/**
 * The closed loop: each user sends a request, waits for its answer, thinks, and sends the next. Users come and
 * leave as the trace says; the last to come leaves first, a waiting one after its answer. Each user has a
 * random stream of its own for its thinking.
 */
export class Users {
  readonly #calendar: Calendar
  readonly #clients: Clients
  readonly #think: ThinkTime
  readonly #seed: number
  readonly #classRandom: Random
  /** Weights of the mix, added up, divided by their sum. */
  readonly #upTo: number[]
  readonly #endMs: number
  #present = 0
  #doing: number[] = []
  #sentMs: number[] = []
  #random: Random[] = []

  constructor(
    calendar: Calendar,
    { trace, load, seed }: { trace: Trace; load: ClosedLoad; seed: number },
    clients: Clients,
  ) {
    this.#calendar = calendar
    this.#clients = clients
    this.#think = load.think
    this.#seed = seed
    this.#endMs = trace.durationMs
    this.#classRandom = stream(seed, 'classes')
    const weights = REQUEST_CLASSES.flatMap((name) => trace.mix[name] || [])
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    this.#upTo = weights.map((_, i) => weights.slice(0, i + 1).reduce((sum, w) => sum + w, 0) / total)
    for (const { atMs, users } of userMoves(load, trace.durationMs))
      calendar.later(atMs, RANK.arrival, () => this.#become(users))
  }

  /** Event: a user's pause is over. */
  sends(user: number): void {
    if (user >= this.#present || this.#calendar.nowMs >= this.#endMs) {
      this.#doing[user] = AT.rest
      return
    }
    this.#doing[user] = AT.waiting
    this.#sentMs[user] = this.#calendar.nowMs
    const draw = this.#classRandom()
    const found = this.#upTo.findIndex((upTo) => draw < upTo)
    this.#clients.send(found < 0 ? this.#upTo.length - 1 : found, user)
  }

  /** A user's request has ended, well or not. */
  answered(user: number, atMs: number): void {
    this.#doing[user] = AT.thinking
    // Refused in no time, one who does not think would ask again at the same instant, for ever.
    const leastMs = atMs > this.#sentMs[user]! ? 0 : LEAST_PAUSE_MS
    const pauseMs = Math.max(leastMs, this.#thinkMs(user))
    this.#calendar.at(atMs + pauseMs, RANK.arrival, EVENT.userSends, user)
  }

  #become(users: number): void {
    const before = this.#present
    this.#present = users
    for (let user = before; user < users; user++) {
      this.#random[user] ??= stream(this.#seed, `think/${user}`)
      // One who was to leave and has not yet stays.
      if (!this.#doing[user]) this.sends(user)
    }
  }

  #thinkMs(user: number): number {
    const random = this.#random[user]!
    switch (this.#think.kind) {
      case 'constant':
        return this.#think.ms
      case 'uniform':
        return this.#think.minMs + (this.#think.maxMs - this.#think.minMs) * random()
      case 'exponential':
        return this.#think.meanMs * exponential(random)
    }
  }
}
