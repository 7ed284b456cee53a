import { quantileSorted } from 'simple-statistics'
import { costingReplicas, integralS } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import { breaksLimit, isViolated, windowOf, windowsIn } from '../../analysis/violations.ts'
import type { ReplicaEvent, RequestRow, TickRow } from '../../record/schema.ts'
import type { BinNews, Ending, Hello, Messages, News, RunState, Tick, WindowNews } from './messages.ts'

/** One server-sent event, ready to be written. */
export interface FeedEvent {
  id: number
  text: string
}

/** The requests that were due in one span. */
interface Span {
  requests: number
  violating: number
  /** Of the answered ones, in no order, ms. */
  responsesMs: number[]
}

/** What a run tells, summed up. */
interface Sums {
  hello: Hello
  sla: Sla
  bins: Span[]
  windows: Span[]
  /** Those that have changed since the last tick. */
  newBins: Set<number>
  newWindows: Set<number>
  events: ReplicaEvent[]
  /** How many of them have been told. */
  told: number
  requests: number
  violating: number
}

/**
 * Turns what the record of a run gets, as it gets it, into messages for the page, at most one a tick. The messages of the run so
 * far are kept, so that a page that is opened late or was cut off gets them all.
 */
export class Feed {
  readonly #listeners = new Set<(event: FeedEvent) => void>()
  #history: FeedEvent[] = []
  #lastId = 0
  #sums: Sums | null = null

  begin(hello: Hello, sla: Sla): void {
    const spans = (count: number): Span[] =>
      Array.from({ length: count }, () => ({ requests: 0, violating: 0, responsesMs: [] }))
    this.#sums = {
      hello,
      sla,
      bins: spans(Math.max(1, Math.ceil(hello.durationMs / hello.binMs))),
      windows: spans(windowsIn(hello.durationMs, sla)),
      newBins: new Set(),
      newWindows: new Set(),
      events: [],
      told: 0,
      requests: 0,
      violating: 0,
    }
    this.#history = []
    this.#tell('hello', hello)
    this.state('starting')
  }

  state(state: RunState): void {
    this.#tell('state', { state })
  }

  replica(event: ReplicaEvent): void {
    this.#sums?.events.push(event)
  }

  request({ intendedMs, doneMs, outcome }: RequestRow): void {
    const sums = this.#sums
    if (!sums) return
    const ok = outcome === 'ok'
    const tookMs = doneMs === null ? Number.NaN : doneMs - intendedMs
    const violates = breaksLimit(ok, tookMs, sums.sla.limitMs)
    const bin = windowOf(intendedMs, sums.hello.binMs, sums.bins.length)
    const window = windowOf(intendedMs, sums.sla.windowMs, sums.windows.length)
    for (const span of [sums.bins[bin]!, sums.windows[window]!, sums]) {
      span.requests++
      if (violates) span.violating++
    }
    if (ok) sums.bins[bin]!.responsesMs.push(tookMs)
    sums.newBins.add(bin)
    sums.newWindows.add(window)
  }

  tick(row: TickRow): void {
    if (this.#sums) this.#tell('tick', tickOf(row, this.#sums))
  }

  /** @param atMs time of the end, on the run's clock. */
  end(ending: Ending, atMs: number): void {
    if (this.#sums) this.#tell('end', { ...ending, ...newsOf(this.#sums, atMs) })
  }

  /** The events since `lastId` (all where that is none of this run's), then each further one until the returned function is called. */
  follow(lastId: number, onEvent: (event: FeedEvent) => void): () => void {
    const first = this.#history[0]?.id ?? 0
    const known = lastId >= first && lastId <= this.#lastId
    for (const event of this.#history) if (!known || event.id > lastId) onEvent(event)
    this.#listeners.add(onEvent)
    return () => this.#listeners.delete(onEvent)
  }

  #tell<Name extends keyof Messages>(name: Name, message: Messages[Name]): void {
    const id = ++this.#lastId
    const event = { id, text: `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(message)}\n\n` }
    this.#history.push(event)
    for (const listener of this.#listeners) listener(event)
  }
}

function tickOf({ observation, decision, target, byHand }: TickRow, sums: Sums): Tick {
  const { nowMs, arrivalsPerS, completionsPerS, queued, inFlight, replicas } = observation
  return {
    nowMs,
    arrivalsPerS,
    completionsPerS,
    queued,
    inFlight,
    replicas,
    from: observation.target,
    target,
    reason: decision.reason,
    byHand: byHand ?? null,
    ...newsOf(sums, nowMs),
  }
}

function newsOf(sums: Sums, nowMs: number): News {
  const events = sums.events.slice(sums.told)
  sums.told = sums.events.length
  return {
    bins: drained(sums.newBins).map((bin) => binNews(bin, sums)),
    windows: drained(sums.newWindows).map((window) => windowNews(window, sums)),
    events: events.map(({ atMs, replica, state }) => ({ atMs, replica, state })),
    soFar: {
      requests: sums.requests,
      violationShare: sums.requests === 0 ? null : sums.violating / sums.requests,
      replicaSeconds: integralS(costingReplicas(sums.events), nowMs),
    },
  }
}

function drained(numbers: Set<number>): number[] {
  const list = [...numbers].sort((a, b) => a - b)
  numbers.clear()
  return list
}

function binNews(bin: number, { bins }: Sums): BinNews {
  const sorted = bins[bin]!.responsesMs.sort((a, b) => a - b)
  return { bin, p95Ms: sorted.length === 0 ? null : quantileSorted(sorted, 0.95) }
}

function windowNews(window: number, { windows, sla }: Sums): WindowNews {
  const { requests, violating } = windows[window]!
  return { window, requests, violating, violated: isViolated({ requests, violating }, sla) }
}
