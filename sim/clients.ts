import { type Random, stream } from '../base/random.ts'
import type { ClientRetries } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import { DueLine } from './line.ts'
import { OUTCOME, type ProxyClients } from './proxy.ts'
import { NONE, type Requests, SLOT, STATE, TIME, WORD } from './requests.ts'
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
    const requests = this.#requests
    const slot = requests.take()
    const index = this.sent++
    requests.time[slot + TIME.index] = index
    requests.word[slot + WORD.classIndex] = classIndex
    requests.time[slot + TIME.intendedMs] = this.#calendar.nowMs
    requests.word[slot + WORD.user] = user
    requests.word[slot + WORD.tries] = 0
    this.#work.draw(slot, classIndex, index)
    this.#try(slot)
  }

  /** When the next client gives up, ms; Infinity where none waits. */
  nextTimeoutMs(): number {
    const { head } = this.#due
    return head === NONE
      ? Number.POSITIVE_INFINITY
      : this.#requests.time[head + TIME.sentMs]! + this.#patienceMs
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

  /** From the proxy: one try has ended, well or not. */
  ended(slot: number): void {
    const requests = this.#requests
    this.#due.leave(slot)
    const outcome = requests.word[slot + WORD.outcome]!
    if (outcome !== OUTCOME.ok) {
      if (this.#retrying !== null && requests.word[slot + WORD.tries]! < this.#retrying.most) {
        this.#pause(slot)
        return this.#releaseUnlessHeld(slot)
      }
      requests.time[slot + TIME.blockingMs] = Number.NaN
      requests.time[slot + TIME.cpuMs] = Number.NaN
    }
    this.#sink.request(requests, slot)
    if (this.#users !== null)
      this.#users.answered(requests.word[slot + WORD.user]!, requests.time[slot + TIME.doneMs]!)
    this.#releaseUnlessHeld(slot)
  }

  #try(slot: number): void {
    const requests = this.#requests
    requests.time[slot + TIME.sentMs] = this.#calendar.nowMs
    requests.word[slot + WORD.holder] = NONE
    requests.word[slot + WORD.server] = 0
    requests.word[slot + WORD.connects] = 0
    this.#due.join(slot)
    this.#proxy.receive(slot)
  }

  /** The further try is a request in a slot of its own: the server may still work on this one. */
  #pause(slot: number): void {
    const requests = this.#requests
    const { backoffMs, factor, jitter } = this.#retrying!
    const again = requests.take()
    const tries = requests.word[slot + WORD.tries]!
    requests.time.copyWithin(again, slot, slot + SLOT)
    requests.word.copyWithin(again, slot, slot + SLOT)
    requests.word[again + WORD.tries] = tries + 1
    requests.word[again + WORD.state] = STATE.pausing
    requests.word[again + WORD.holder] = NONE
    const pauseMs = backoffMs * factor ** tries * (1 - jitter * this.#jitter())
    this.#calendar.at(this.#calendar.nowMs + pauseMs, RANK.arrival, EVENT.resend, again)
  }

  #releaseUnlessHeld(slot: number): void {
    if (this.#requests.word[slot + WORD.holder] === NONE) this.#requests.release(slot)
  }
}
