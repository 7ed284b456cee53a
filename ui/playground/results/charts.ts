/// <reference lib="dom" />

import type { Sla } from '../../../analysis/sla.ts'
import { inUnit } from '../../../plots/texts.ts'
import { latencyAxis, linearAxis } from '../../charts/axes.ts'
import { byId } from '../../charts/elements.ts'
import { type Drawing, Panel, type Point } from '../../charts/panel.ts'
import type { View } from '../protocol.ts'
import { percentileText } from './words.ts'

const HEIGHT_PX = { load: 84, replicas: 70, took: 96, queue: 56 } as const
type Kind = keyof typeof HEIGHT_PX
type Axes = Record<Kind, Drawing['axis']>

/** The charts of one policy, one above the other. */
class Stack {
  readonly #panels: Record<Kind, Panel>

  constructor(parent: HTMLElement) {
    const panel = (kind: Kind, timeLabels = false) =>
      new Panel(parent, { heightPx: HEIGHT_PX[kind], timeLabels })
    this.#panels = {
      load: panel('load'),
      replicas: panel('replicas'),
      took: panel('took'),
      queue: panel('queue', true),
    }
  }

  draw(view: View, sla: Sla, axes: Axes): void {
    const { durationMs } = view
    const common = { durationMs, nowMs: durationMs }
    const { load, replicas, took, queue } = this.#panels
    load.draw({ ...common, axis: axes.load, ...loadDrawing(view) })
    replicas.draw({ ...common, axis: axes.replicas, ...replicasDrawing(view) })
    took.draw({ ...common, axis: axes.took, ...tookDrawing(view, sla) })
    queue.draw({ ...common, axis: axes.queue, ...queueDrawing(view) })
  }
}

/** The charts of both policies, on the same axes. */
export class Charts {
  readonly #a = new Stack(byId('charts-a'))
  readonly #b = new Stack(byId('charts-b'))

  draw(a: View, b: View | null, sla: Sla): void {
    const axes = axesOf(b ? [a, b] : [a], sla)
    this.#a.draw(a, sla, axes)
    if (b) this.#b.draw(b, sla, axes)
  }
}

function axesOf(views: readonly View[], sla: Sla): Axes {
  const most = (of: (view: View) => readonly Point[]) =>
    Math.max(1, ...views.flatMap((view) => of(view).map(({ value }) => value ?? 0)))
  const took = views.flatMap(({ windows }) => windows.flatMap(({ tookMs }) => (tookMs ? [tookMs] : [])))
  return {
    load: linearAxis(
      most(({ load, capacity }) => [...load, ...capacity]),
      { ticks: 3 },
    ),
    replicas: linearAxis(
      most(({ replicas }) => stackOf(replicas).draining.hi),
      { whole: true, ticks: 3 },
    ),
    took: latencyAxis([...took, sla.limitMs]),
    queue: linearAxis(
      most(({ queued }) => queued),
      { whole: true, ticks: 2 },
    ),
  }
}

type Part = Pick<Drawing, 'heading' | 'marks' | 'labels' | 'summary'>

function loadDrawing({ load, capacity }: View): Part {
  return {
    heading: 'Load and capacity, requests/s',
    marks: [
      { kind: 'line', name: 'capacity', points: capacity, step: true },
      { kind: 'line', name: 'load', points: load },
    ],
    labels: [
      { name: 'load', text: 'load', value: lastOf(load) },
      ...(capacity.length > 0 ? [{ name: 'capacity', text: 'capacity', value: lastOf(capacity) }] : []),
    ],
    summary: `Arrivals reach ${inUnit(mostOf(load), '/s')}. The ready replicas could serve between ${inUnit(leastOf(capacity), '/s')} and ${inUnit(mostOf(capacity), '/s')}.`,
  }
}

interface Band {
  lo: Point[]
  hi: Point[]
}

/** Ready at the bottom, then draining, then starting: each on top of the one before. */
function stackOf({
  ready,
  starting,
  draining,
}: View['replicas']): Record<'ready' | 'draining' | 'starting', Band> {
  const zero = ready.map(({ atMs }) => ({ atMs, value: 0 }))
  const above = (below: Point[], own: Point[]) =>
    below.map(({ atMs, value }, i) => ({ atMs, value: value! + own[i]!.value! }))
  const second = above(ready, starting)
  const third = above(second, draining)
  return {
    ready: { lo: zero, hi: ready },
    starting: { lo: ready, hi: second },
    draining: { lo: second, hi: third },
  }
}

function replicasDrawing({ replicas }: View): Part {
  const stack = stackOf(replicas)
  const middle = ({ lo, hi }: Band) => (lastOf(lo) + lastOf(hi)) / 2
  return {
    heading: 'Replicas',
    marks: (['ready', 'starting', 'draining'] as const).map((state) => ({
      kind: 'area' as const,
      name: state,
      ...stack[state],
      step: true,
    })),
    labels: [{ name: 'ready', text: 'ready', value: middle(stack.ready) }],
    summary: `Between ${leastOf(replicas.ready)} and ${mostOf(replicas.ready)} replicas are ready, at most ${mostOf(replicas.starting)} are starting at once.`,
  }
}

function tookDrawing({ windows, durationMs }: View, sla: Sla): Part {
  const points = windows.map(({ fromMs, tookMs }) => ({ atMs: fromMs, value: tookMs }))
  const ends = [...points, { atMs: durationMs, value: points.at(-1)?.value ?? null }]
  const violated = windows.filter((window) => window.violated)
  const judged = windows.filter((window) => window.violated !== null)
  return {
    heading: `${percentileText(sla)} of response time by window, ms`,
    marks: [
      { kind: 'shade', name: 'violated', spans: violated },
      { kind: 'line', name: 'took', points: ends, step: true },
      { kind: 'rule', name: 'limit', value: sla.limitMs },
    ],
    labels: [{ name: 'limit', text: `${sla.limitMs} ms`, value: sla.limitMs }],
    summary: `${violated.length} of ${judged.length} windows break the promise ${sla.text}.`,
  }
}

function queueDrawing({ queued }: View): Part {
  return {
    heading: 'Requests waiting in the proxy',
    marks: [{ kind: 'line', name: 'queue', points: queued }],
    labels: [],
    summary: `At most ${mostOf(queued)} requests wait.`,
  }
}

const known = (points: readonly Point[]) => points.flatMap(({ value }) => (value === null ? [] : [value]))
const mostOf = (points: readonly Point[]) => Math.max(0, ...known(points))
const leastOf = (points: readonly Point[]) => Math.min(...known(points), Number.POSITIVE_INFINITY)
const lastOf = (points: readonly Point[]) => points.at(-1)?.value ?? 0
