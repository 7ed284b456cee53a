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
    const { time, word } = requests
    const index = this.sent++
    time[slot + TIME.index] = index
    time[slot + TIME.intendedMs] = this.#calendar.nowMs
    word[slot + WORD.classIndex] = classIndex
    word[slot + WORD.user] = user
    word[slot + WORD.tries] = 0
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
    this.#due.leave(slot)
    const { word } = this.#requests
    if (word[slot + WORD.outcome] !== OUTCOME.ok && this.#triesAgain(slot)) return
    this.#sink.request(this.#requests, slot)
    if (this.#users !== null) this.#answerUser(slot)
    if (word[slot + WORD.holder] === NONE) this.#requests.release(slot)
  }

  #try(slot: number): void {
    const { time, word } = this.#requests
    time[slot + TIME.sentMs] = this.#calendar.nowMs
    word[slot + WORD.holder] = NONE
    word[slot + WORD.server] = 0
    word[slot + WORD.connects] = 0
    this.#due.join(slot)
    this.#proxy.receive(slot)
  }

  /** Whether it does. What its work was is known of an answered request only. */
  #triesAgain(slot: number): boolean {
    const { time, word } = this.#requests
    if (this.#retrying !== null && word[slot + WORD.tries]! < this.#retrying.most) {
      this.#pause(slot)
      if (word[slot + WORD.holder] === NONE) this.#requests.release(slot)
      return true
    }
    time[slot + TIME.blockingMs] = Number.NaN
    time[slot + TIME.cpuMs] = Number.NaN
    return false
  }

  #answerUser(slot: number): void {
    const { time, word } = this.#requests
    this.#users!.answered(word[slot + WORD.user]!, time[slot + TIME.doneMs]!)
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
}
