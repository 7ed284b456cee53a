import { type Random, stream } from '../base/random.ts'
import type { ClientRetries } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import { DueLine } from './line.ts'
import type { ProxyClients } from './proxy.ts'
import { NONE, type Requests } from './requests.ts'
import type { Work } from './work.ts'

/** Where clients send. */
export interface Receiver {
  receive(slot: number): void
}
/** Hears that a request has ended for good, as a user of a closed loop does. */
export interface Waiting {
  answered(user: number, atMs: number): void
}

/**
 * Those who send requests: they give up after their patience, and try again where they are set to. One
 * request of the record is all the tries of it: from the first one's intended time to the last one's end.
 */
export class Clients implements ProxyClients {
  /** Requests sent so far, further tries not counted; and those tries. */
  sent = 0
  retries = 0
  readonly #requests: Requests
  readonly #calendar: Calendar
  readonly #work: Work
  readonly #sink: RunSink
  readonly #patienceMs: number
  readonly #retrying: ClientRetries | null
  readonly #jitter: Random
  readonly #due: DueLine
  #proxy!: Receiver
  #users: Waiting | null = null

  constructor(
    parts: { requests: Requests; calendar: Calendar; work: Work; sink: RunSink },
    settings: { clientTimeoutMs: number; retries?: ClientRetries | null },
    seed: number,
  ) {
    this.#requests = parts.requests
    this.#calendar = parts.calendar
    this.#work = parts.work
    this.#sink = parts.sink
    this.#patienceMs = settings.clientTimeoutMs
    this.#retrying = settings.retries ?? null
    this.#jitter = stream(seed, 'retries')
    this.#due = new DueLine(parts.requests)
  }

  connect(proxy: Receiver, users: Waiting | null): void {
    this.#proxy = proxy
    this.#users = users
  }

  /** A new request, now. */
  send(classIndex: number, user: number): void {
    const slot = this.#requests.take()
    const index = this.sent++
    this.#requests.arrive(slot, index, classIndex, user, this.#calendar.nowMs)
    this.#work.draw(slot, classIndex, index)
    this.#try(slot)
  }

  /** When the next client gives up, ms; Infinity where none waits. */
  nextTimeoutMs(): number {
    const { head } = this.#due
    return head < 0 ? Infinity : this.#requests.sentMs(head) + this.#patienceMs
  }

  /** The one who gives up. */
  get impatient(): number {
    return this.#due.head
  }

  /** Event: the pause before a further try is over. */
  resend(slot: number): void {
    this.retries++
    this.#try(slot)
  }

  /** From the proxy: one try has ended, well (outcome 0) or not. */
  ended(slot: number): void {
    const requests = this.#requests
    this.#due.leave(slot)
    if (requests.outcome(slot) !== 0 && this.#triesAgain(slot)) return
    this.#sink.request(requests, slot)
    if (this.#users !== null) this.#users.answered(requests.user(slot), requests.doneMs(slot))
    if (requests.holder(slot) === -1) requests.release(slot)
  }

  #try(slot: number): void {
    this.#requests.beginTry(slot, this.#calendar.nowMs)
    this.#due.join(slot)
    this.#proxy.receive(slot)
  }

  #triesAgain(slot: number): boolean {
    if (this.#retrying === null || this.#requests.tries(slot) >= this.#retrying.most) {
      this.#requests.forgetWork(slot)
      return false
    }
    this.#pause(slot, this.#retrying)
    if (this.#requests.holder(slot) === NONE) this.#requests.release(slot)
    return true
  }

  #pause(slot: number, { backoffMs, factor, jitter }: ClientRetries): void {
    const again = this.#requests.copyForTry(slot)
    const pauseMs = backoffMs * factor ** this.#requests.tries(slot) * (1 - jitter * this.#jitter())
    this.#calendar.at(this.#calendar.nowMs + pauseMs, RANK.arrival, EVENT.resend, again)
  }
}
