import { exponential, type Random, stream, weightedIndex } from '../base/random.ts'
import { type ClosedLoad, classesOf, type ThinkTime, type Trace } from '../traces/trace.ts'
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
  /** Of the classes of the mix. */
  readonly #weights: number[]
  readonly #totalWeight: number
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
    this.#weights = classesOf(trace.mix).map((name) => trace.mix[name]!)
    this.#totalWeight = this.#weights.reduce((sum, weight) => sum + weight, 0)
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
    this.#clients.send(weightedIndex(this.#weights, this.#totalWeight, this.#classRandom()), user)
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
