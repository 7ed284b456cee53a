import { max, quantileSorted } from 'simple-statistics'
import { afterPrecisely, afterSpinning } from '../../base/clock.ts'
import { OUTCOMES, type Outcome, type RequestRow } from '../../record/schema.ts'
import type { Arrivals } from '../../traces/trace.ts'
import type { Answer } from './answerParser.ts'
import { type LoadClient, openClient } from './loadClient.ts'
import { checkTarget } from './loadTarget.ts'
import { type HttpRequest, requestMaker } from './requests.ts'

/** What the client knows of a request; the proxy's log adds the rest. */
export type ClientRow = Omit<RequestRow, 'queueWaitMs' | 'serviceMs'>

export interface LoadOptions {
  /** Of the proxy, such as `http://127.0.0.1:8080`. */
  url: string
  arrivals: Arrivals
  /** Which object each request is about. */
  seed: number
  /** The run's clock, ms; arrivals are on the same time axis. */
  now: () => number
  /** The client gives a request up this long after its intended time. */
  timeoutMs: number
  /** Called once for every request that was sent, in the order in which they end. `served` as in Answer; null without one. */
  onDone: (row: ClientRow, served: number | null) => void
  /** Of the largest object (prepareObjects has put them there). */
  objectBytes?: number
  /** What every request is, in place of those of the object store. */
  request?: HttpRequest | null
  /** The delay that each request asks of the application, by its index, ms; NaN: none. For an application with DELAY=stamped. */
  delayMs?: Float64Array | null
  /** Takes a whole core to be late by less (afterSpinning), and to see answers at once. */
  spin?: boolean
  /** Aborted: sends nothing more and delivers what is open as `unanswered`. */
  signal?: AbortSignal
  /** Allows a target that is not on this machine. */
  ownTarget?: boolean
}

export interface LoadSummary {
  sent: number
  /** Of those sent: answered, broken or given up. The rest is `byOutcome.unanswered`. */
  done: number
  /** Not sent because the signal came first. */
  notSent: number
  byOutcome: Record<Outcome, number>
  /** sent - intended, ms (quantiles of type 7 as in R); null where nothing was sent. */
  lateness: { p50: number; p99: number; max: number } | null
}

/**
 * Sends each request at its intended time, whatever became of the earlier ones (open loop). The times are
 * absolute and known beforehand: a late turn sends all that is due and shifts nothing. Latency counts from
 * the intended time, so that neither a late generator nor a stalled system hides a wait (wrk2 README,
 * "coordinated omission").
 *
 * One timer serves the next request and the next time-out; hardly any CPU is spent between. Resolves when every
 * request has ended and all connections are closed, also after an abort.
 */
export async function generateLoad(options: LoadOptions): Promise<LoadSummary> {
  const target = await checkTarget(options.url, options.ownTarget)
  const client = openClient(target)
  try {
    return await new OpenLoop(options, client).run()
  } finally {
    await client.close()
  }
}

/**
 * Longest time for which a turn only sends. Answers that are not read hold their connections, so without
 * a bound a generator that is late by a second would open a connection for each request of that second, which
 * takes longer than a second on a busy machine, and so on. Reached only when late.
 */
const TURN_MS = 1

interface OpenRequest {
  index: number
  sentMs: number
  giveUp: () => void
}

/*
 * What must stay true: a request is in #open from just before it is sent until its row is delivered, and
 * only #end takes it out; so each row is delivered once. Insertion order in #open is the order of intended
 * times, hence of time-outs, which are all equally long: the first one is the next to be given up.
 */
class OpenLoop {
  readonly #options: LoadOptions
  readonly #client: LoadClient
  readonly #requestFor: ReturnType<typeof requestMaker>
  readonly #open = new Map<number, OpenRequest>()
  /** In the order of sending. As long as the load from the start: nothing grows while it goes on. */
  readonly #latenessMs: Float64Array
  readonly #after: typeof afterPrecisely
  readonly #byOutcome = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>
  readonly #finished = Promise.withResolvers<void>()
  #next = 0
  #cancelTimer = () => {}
  /** What the timer is set to; NaN where it is not set. */
  #wakeMs = Number.NaN
  #stopped = false

  constructor(options: LoadOptions, client: LoadClient) {
    this.#options = options
    this.#client = client
    const { request, arrivals, spin = false } = options
    this.#latenessMs = new Float64Array(arrivals.atMs.length)
    this.#after = spin ? afterSpinning : afterPrecisely
    this.#requestFor = request ? () => request : requestMaker(options.seed, options.objectBytes)
  }

  async run(): Promise<LoadSummary> {
    const { signal } = this.#options
    const onAbort = () => this.#stop()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal?.aborted) this.#stop()
      else this.#turn()
      await this.#finished.promise
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#cancelTimer()
    }
    return this.#summary()
  }

  #turn(): void {
    this.#wakeMs = Number.NaN
    this.#giveUpOverdue(this.#options.now())
    this.#sendDue()
    this.#armOrFinish()
  }

  /** All that is due, or as much of it as fits in a turn: the next turn follows at once. */
  #sendDue(): void {
    const { arrivals, now } = this.#options
    const startMs = now()
    while (!this.#stopped && this.#next < arrivals.atMs.length && arrivals.atMs[this.#next]! <= startMs) {
      this.#send(this.#next++)
      if (now() - startMs > TURN_MS) return
    }
  }

  #send(index: number): void {
    const { arrivals, now, delayMs } = this.#options
    const request = { ...this.#requestFor(arrivals.classes[index]!), delayMs: delayMs?.[index] }
    const open: OpenRequest = { index, sentMs: now(), giveUp: () => {} }
    this.#open.set(index, open)
    this.#latenessMs[index] = open.sentMs - arrivals.atMs[index]!
    open.giveUp = this.#client.send(request, String(index), (answer) => {
      this.#end(open, outcomeOf(answer), answer)
      this.#armOrFinish()
    })
  }

  #giveUpOverdue(nowMs: number): void {
    for (const open of this.#open.values()) {
      if (this.#deadline(open.index) > nowMs) return
      open.giveUp()
      this.#end(open, 'timeout')
    }
  }

  #deadline(index: number): number {
    return this.#options.arrivals.atMs[index]! + this.#options.timeoutMs
  }

  #end(open: OpenRequest, outcome: Outcome, answer?: Answer): void {
    if (!this.#open.delete(open.index)) return
    this.#byOutcome[outcome]++
    try {
      this.#options.onDone(this.#row(open, outcome, answer), answer?.served ?? null)
    } catch (error) {
      // Not to be thrown into the connection, which would take it for a broken answer.
      this.#finished.reject(error)
      this.#stop()
    }
  }

  #row({ index, sentMs }: OpenRequest, outcome: Outcome, answer?: Answer): ClientRow {
    const { arrivals, now } = this.#options
    return {
      index,
      class: arrivals.classes[index]!,
      intendedMs: arrivals.atMs[index]!,
      sentMs,
      doneMs: outcome === 'unanswered' ? null : now(),
      blockingMs: answer?.blockingMs ?? null,
      cpuMs: answer?.cpuMs ?? null,
      server: answer?.server ?? '',
      status: answer?.status ?? 0,
      outcome,
    }
  }

  #stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    for (const open of this.#open.values()) {
      open.giveUp()
      this.#end(open, 'unanswered')
    }
    this.#finished.resolve()
  }

  #armOrFinish(): void {
    const { atMs } = this.#options.arrivals
    const oldest = this.#open.keys().next()
    if (this.#stopped || (this.#next >= atMs.length && oldest.done)) return this.#finished.resolve()
    const nextSendMs = atMs[this.#next] ?? Infinity
    const nextTimeoutMs = oldest.done ? Infinity : this.#deadline(oldest.value)
    const wakeMs = Math.min(nextSendMs, nextTimeoutMs)
    if (wakeMs === this.#wakeMs) return
    this.#wakeMs = wakeMs
    this.#cancelTimer()
    this.#cancelTimer = this.#after(wakeMs - this.#options.now(), () => this.#turn())
  }

  #summary(): LoadSummary {
    const sent = this.#next
    return {
      sent,
      done: sent - this.#byOutcome.unanswered,
      notSent: this.#options.arrivals.atMs.length - sent,
      byOutcome: this.#byOutcome,
      lateness: sent === 0 ? null : quantiles(this.#latenessMs.subarray(0, sent)),
    }
  }
}

/** 2xx and 3xx are ok; 429 is the service's own limit; any other status is a failure of the system. */
function outcomeOf({ status, error }: Answer): Outcome {
  if (error) return 'failed'
  if (status === 429) return 'rejected'
  return status >= 200 && status < 400 ? 'ok' : 'failed'
}

function quantiles(values: Float64Array): NonNullable<LoadSummary['lateness']> {
  const sorted = values.toSorted() as unknown as number[]
  return { p50: quantileSorted(sorted, 0.5), p99: quantileSorted(sorted, 0.99), max: max(sorted) }
}
