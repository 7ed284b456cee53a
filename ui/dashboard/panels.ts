/// <reference lib="dom" />
import { replicasOverTime } from '../../analysis/replicas.ts'
import type { Band } from '../../analysis/timeline.ts'
import type { ReplicaState } from '../../record/schema.ts'
import { latencyAxis, linearAxis } from '../charts/axes.ts'
import { type Drawing, type EndLabel, type Mark, Panel, type Point } from '../charts/panel.ts'
import type { Tick } from './messages.ts'
import { nowMs, spansByHand, type View, violatedSpans } from './view.ts'
import { between, known } from './words.ts'

type Content = Omit<Drawing, 'durationMs' | 'nowMs'>

/** Load, replicas, response time and queue above one axis of time. */
export class Panels {
  readonly #panels: { panel: Panel; content: (view: View) => Content }[]

  constructor(parent: HTMLElement) {
    const make = (heightPx: number, content: (view: View) => Content, timeLabels = false) => ({
      panel: new Panel(parent, { heightPx, timeLabels }),
      content,
    })
    this.#panels = [make(84, load), make(96, replicas), make(132, responseTimes), make(84, queue, true)]
  }

  draw(view: View): void {
    const span = { durationMs: view.hello.durationMs, nowMs: nowMs(view) }
    for (const { panel, content } of this.#panels) panel.draw({ ...content(view), ...span })
  }
}

function load({ hello, ticks }: View): Content {
  const latest = ticks.at(-1)
  const planned = hello.ratesPerS.map((value, k) => ({ atMs: (k + 0.5) * hello.binMs, value }))
  // A rate over a span stands in the middle of the span.
  const rates = (of: (tick: Tick) => number | null) =>
    series(ticks, of).map(({ atMs, value }) => ({ atMs: atMs - Math.min(hello.windowMs, atMs) / 2, value }))
  const offered = rates((tick) => tick.arrivalsPerS)
  const completed = rates((tick) => tick.completionsPerS)
  return {
    heading: `Load (requests/s, mean of ${hello.windowMs / 1000} s)`,
    axis: linearAxis(highest([planned, offered, completed], 1)),
    marks: [
      { kind: 'line', name: 'planned', points: planned },
      { kind: 'line', name: 'completed', points: completed },
      { kind: 'line', name: 'measured', points: offered },
    ],
    labels: [
      ...endLabel('planned', 'trace', planned.slice(-1)),
      ...endLabel('measured', 'offered', offered, 1),
      ...endLabel('completed', 'completed', completed, 1),
    ],
    summary: `${known(latest?.arrivalsPerS, 1)} requests per second offered and ${known(latest?.completionsPerS, 1)} completed, over the last ${hello.windowMs / 1000} s`,
  }
}

function replicas(view: View): Content {
  const upToMs = nowMs(view)
  const count = (...states: ReplicaState[]) => steps(view, states, upToMs)
  const ready = count('ready')
  const withStarting = count('ready', 'starting')
  const all = count('ready', 'starting', 'draining')
  const band = view.hello.prediction?.replicas
  const now = view.ticks.at(-1)?.replicas
  const edge = (name: string, text: string, points: readonly Point[], many = 0) =>
    many > 0 ? endLabel(name, `${text} ${many}`, points) : []
  return {
    heading: 'Replicas',
    axis: linearAxis(highest([...sides(band), all], 2), { whole: true }),
    marks: [
      { kind: 'shade', name: 'by-hand', spans: spansByHand(view) },
      ...predicted(band),
      { kind: 'area', name: 'starting', lo: ready, hi: withStarting, step: true },
      { kind: 'area', name: 'draining', lo: withStarting, hi: all, step: true },
      { kind: 'line', name: 'measured', points: ready, step: true },
    ],
    labels: [
      ...(now ? endLabel('measured', 'ready', ready, 0) : []),
      ...edge('starting', 'starting', withStarting, now?.starting),
      ...edge('draining', 'draining', all, now?.draining),
    ],
    summary: `${now?.ready ?? '?'} replicas ready, ${now?.starting ?? '?'} starting, ${now?.draining ?? '?'} draining; ${forecast(band, upToMs, 0)} ready`,
  }
}

function responseTimes(view: View): Content {
  const { binMs, sla, prediction } = view.hello
  const upToMs = nowMs(view)
  const measured = Array.from(view.p95Ms, (value, k) => ({ atMs: (k + 0.5) * binMs, value: value ?? null }))
  const known = [...sides(prediction?.p95Ms), measured].flatMap((points) =>
    points.flatMap(({ value }) => value ?? []),
  )
  const spans = violatedSpans(view)
  return {
    heading: 'Response time, 95th percentile (ms)',
    axis: latencyAxis([...known, sla.limitMs]),
    marks: [
      { kind: 'shade', name: 'violated', spans },
      ...predicted(prediction?.p95Ms),
      { kind: 'rule', name: 'limit', value: sla.limitMs },
      { kind: 'line', name: 'measured', points: measured },
    ],
    labels: [
      { name: 'limit', text: `SLA ${sla.limitMs} ms`, value: sla.limitMs },
      ...endLabel('measured', 'measured', measured),
    ],
    summary: `95th percentile of the latest requests ${lastKnown(measured)?.toFixed(0) ?? 'unknown'} ms, limit ${sla.limitMs} ms; ${forecast(prediction?.p95Ms, upToMs, 0)} ms; ${spans.length} SLA windows violated`,
  }
}

function queue(view: View): Content {
  const { ticks, hello } = view
  const waiting = series(ticks, (tick) => tick.queued)
  const inFlight = series(ticks, (tick) => tick.inFlight)
  const band = hello.prediction?.queued
  const latest = ticks.at(-1)
  return {
    heading: 'Requests waiting in the proxy, and at a server',
    axis: linearAxis(highest([...sides(band), waiting, inFlight], 4), { whole: true }),
    marks: [
      ...predicted(band),
      { kind: 'line', name: 'completed', points: inFlight },
      { kind: 'line', name: 'measured', points: waiting },
    ],
    labels: [
      ...endLabel('measured', 'waiting', waiting, 0),
      ...endLabel('completed', 'at a server', inFlight, 0),
    ],
    summary: `${known(latest?.queued)} requests wait in the proxy and ${known(latest?.inFlight)} are at a server; ${forecast(band, nowMs(view), 0)} waiting`,
  }
}

const series = (ticks: readonly Tick[], of: (tick: Tick) => number | null): Point[] =>
  ticks.map((tick) => ({ atMs: tick.nowMs, value: of(tick) }))

/** The count of replicas in some states, from event to event, up to now. */
function steps({ events }: View, states: readonly ReplicaState[], upToMs: number): Point[] {
  const { atMs, values } = replicasOverTime(events, states)
  const points = atMs.map((time, i): Point => ({ atMs: time, value: values[i]! }))
  return [
    ...points.filter((point) => point.atMs <= upToMs),
    { atMs: upToMs, value: valueUpTo(points, upToMs) },
  ]
}

const valueUpTo = (points: readonly Point[], ms: number) =>
  points.findLast(({ atMs }) => atMs <= ms)?.value ?? 0

function predicted(band: Band | undefined): Mark[] {
  if (!band) return []
  const [lo, hi] = sides(band)
  return [
    { kind: 'area', name: 'band', lo: lo!, hi: hi! },
    { kind: 'line', name: 'predicted', points: pointsOf(band, band.mean) },
  ]
}

const pointsOf = ({ atMs }: Band, values: readonly (number | null)[]): Point[] =>
  atMs.map((time, k) => ({ atMs: time, value: values[k]! }))

/** Lower and upper edge; none without a prediction. */
const sides = (band: Band | undefined): Point[][] =>
  band ? [pointsOf(band, band.lo), pointsOf(band, band.hi)] : []

function highest(lists: readonly (readonly Point[])[], least: number): number {
  return lists.flat().reduce((most, { value }) => Math.max(most, value ?? 0), least)
}

const lastKnown = (points: readonly Point[]): number | undefined =>
  points.findLast(({ value }) => value !== null)?.value ?? undefined

/** Nothing where nothing is known. @param digits of the value, which is told where they are given. */
function endLabel(name: string, words: string, points: readonly Point[], digits?: number): EndLabel[] {
  const last = points.findLast(({ value }) => value !== null)
  if (last?.value == null) return []
  const { atMs, value } = last
  return [{ name, value, atMs, text: digits === undefined ? words : `${words} ${value.toFixed(digits)}` }]
}

const forecast = (band: Band | undefined, atMs: number, digits: number): string =>
  band ? `predicted now ${between(band, atMs, (value) => value.toFixed(digits))}` : 'no prediction'
