import { Calendar, EVENT, RANK } from './calendar.ts'
import type { HostModel } from './model.ts'

/** Cores that the others leave at the least, so that work always goes on. */
const FEWEST_CORES = 0.05

/** What wants the cores: CPU work of so many requests, and so many starts and removals, each of which counts as `engineJobs`. */
export interface Wanting {
  requests: number
  works: number
  engineJobs: number
}

/**
 * CPU ms per ms that each job gets (at least one is counted):
 *
 *     jobs = requests + engineJobs x works
 *     r = min(1, quota, (cores - others) / jobs) / (1 + contention x (requests - 1) + engineContention x works)
 *
 * Starts and removals alone share the cores, and their contention is 0: it was measured on requests.
 */
export function jobRate(
  { cores, quota, contention = 0, engineContention }: HostModel,
  othersCores: number,
  { requests, works, engineJobs }: Wanting,
): number {
  const byWork = engineContention ?? contention * engineJobs
  const free = Math.max(FEWEST_CORES, cores - othersCores)
  const jobs = Math.max(1, requests + engineJobs * works)
  const beside = contention * Math.max(0, requests - 1) + byWork * works * Math.min(1, requests)
  return Math.min(1, quota ?? 1, free / jobs) / (1 + beside)
}

/**
 * The cores that all replicas share: egalitarian processor sharing. Each job (the CPU work of one request; that of one start or
 * removal is `engineJobs` at once) runs at the same rate r, `jobRate`. With V(t) the integral of r, a job of demand c that came at V0 is done when V reaches V0 + c: so the next
 * to end is the least of these, whatever comes and goes meanwhile, and one event suffices. (Virtual time:
 * Parekh and Gallager, IEEE/ACM Trans. Networking 1(3), 1993.)
 */
export class Host {
  readonly #model: HostModel
  /** Entries are at virtual times. */
  #jobs = new Calendar()
  readonly #slowness: number
  readonly #wanting: Wanting
  #virtualMs = 0
  #sinceMs = 0
  #rate = 1
  #othersCores: number
  /** When the next job ends, ms; Infinity where there is none. */
  nextMs = Number.POSITIVE_INFINITY

  /**
   * @param engineJobs as how many jobs the work of one start or removal counts: engine, runtime and application overlap.
   * @param slowness how much longer all CPU work takes in this run than on average.
   */
  constructor(model: HostModel, engineJobs = 1, slowness = 1) {
    this.#model = model
    this.#slowness = slowness
    this.#wanting = { requests: 0, works: 0, engineJobs }
    this.#othersCores = model.othersCores
  }

  /** CPU work of the request in a slot. */
  addRequest(slot: number, cpuMs: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#jobs.at(this.#virtualMs + cpuMs, RANK.departure, EVENT.served, slot)
    this.#changed(1, 0)
  }

  /** How long CPU work of the container engine takes where nothing else wants a core. */
  aloneMs(cpuMs: number): number {
    return cpuMs / this.#wanting.engineJobs
  }

  /** CPU work of the container engine; `done` is called when it is finished. Returns what `removeWork` takes. */
  addWork(cpuMs: number, nowMs: number, done: () => void): number {
    this.#advance(nowMs)
    this.#jobs.nowMs = this.#virtualMs
    const id = this.#jobs.later(this.#virtualMs + this.aloneMs(cpuMs), RANK.departure, done)
    this.#changed(0, 1)
    return id
  }

  /** The request's server died or stands still. Returns how much of its CPU work was left, ms. */
  removeRequest(slot: number, nowMs: number): number {
    this.#advance(nowMs)
    const doneMs = this.#jobs.forget(EVENT.served, slot)
    this.#changed(-1, 0)
    return Math.max(0, (doneMs ?? 0) - this.#virtualMs)
  }

  removeWork(id: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#jobs.forget(EVENT.later, id)
    this.#jobs.cancel(id)
    this.#changed(0, -1)
  }

  /** What the proxy and the generator use: their own share and the work of so many requests a second. */
  setRequestRate(perS: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#othersCores = this.#model.othersCores + (perS * this.#model.othersMsPerRequest) / 1000
    this.#changed(0, 0)
  }

  /** At `nextMs`: the slot of the request whose work is done, or -1 (a removed one, or other work, which was told). */
  complete(nowMs: number): number {
    this.#sinceMs = nowMs
    this.#virtualMs = this.#jobs.nextMs()
    const event = this.#jobs.take()
    const kind = Calendar.kindOf(event)
    this.#changed(kind === EVENT.served ? -1 : 0, kind === EVENT.later ? -1 : 0)
    if (kind === EVENT.later) this.#jobs.call(Calendar.subjectOf(event))
    return kind === EVENT.served ? Calendar.subjectOf(event) : -1
  }

  #advance(nowMs: number): void {
    this.#virtualMs += this.#rate * (nowMs - this.#sinceMs)
    this.#sinceMs = nowMs
  }

  #changed(requests: number, works: number): void {
    this.#wanting.requests += requests
    this.#wanting.works += works
    this.#rate = jobRate(this.#model, this.#othersCores, this.#wanting) / this.#slowness
    this.nextMs = this.#sinceMs + Math.max(0, this.#jobs.nextMs() - this.#virtualMs) / this.#rate
  }
}
