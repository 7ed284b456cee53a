import type { DecisionPoint, RunDetail } from '../analysis/runDetail.ts'
import { hoverStrips, type Told, telling } from './hover.ts'
import type { KeyEntry } from './key.ts'
import { inUnit, secondsText } from './texts.ts'
import { COLOURS, type Layer, type Panel, WIDTH_PX } from './theme.ts'

/** From the axis upwards. */
const STATES = ['ready', 'starting', 'draining'] as const

export const DETAIL_KEY: readonly KeyEntry[] = [
  { sign: 'ready', text: 'Ready' },
  { sign: 'starting', text: 'Starting' },
  { sign: 'draining', text: 'Draining' },
  { sign: 'target', text: 'Target' },
  { sign: 'upDot', text: 'Decided: more' },
  { sign: 'downDot', text: 'Decided: fewer' },
]

/** Replicas of one run by state, the target, and each decision with its reason on hovering. */
export function detailPanel({ run, name }: { run: RunDetail; name: string }): Panel {
  const { states, decisions, durationMs } = run
  const counts = states.map(({ ready, starting, draining }) => ready + starting + draining)
  const x = {
    field: 'atS',
    type: 'quantitative' as const,
    title: null,
    scale: { domain: [0, durationMs / 1000], nice: false },
    axis: { grid: true, labels: false, ticks: false, tickCount: 10 },
  }
  const y = {
    type: 'quantitative' as const,
    title: `Replicas by state, ${name}`,
    scale: { domain: [0, Math.max(2, ...counts, ...decisions.map(({ to }) => to))], nice: 4 },
    axis: { tickCount: 4, tickMinStep: 1 },
  }
  return {
    width: WIDTH_PX,
    height: 96,
    layer: [
      ...stackedAreas(run, x, y),
      {
        data: { values: targetRows(run) },
        mark: {
          type: 'line',
          interpolate: 'step-after',
          color: COLOURS.measured,
          strokeWidth: 1.2,
          strokeDash: [4, 2],
        },
        encoding: { x, y: { ...y, field: 'target' } },
      },
      hoverStrips(
        decisions.map((decision) => ({
          from: decision.atMs / 1000,
          to: Math.min(durationMs, decision.atMs + run.intervalMs) / 1000,
          told: decisionTold(decision),
        })),
        x,
      ),
      ...(['up', 'down'] as const).map((way) => movesLayer(decisions, way, { x, y })),
    ],
  }
}

/** Corners of the steps, so that a plain area has them: each count holds until the next row. */
function stackedAreas({ states }: RunDetail, x: object, y: object): Layer[] {
  return STATES.map((state, i): Layer => {
    const rows = states.map((row) => {
      const base = STATES.slice(0, i).reduce((sum, below) => sum + row[below], 0)
      return { atS: row.atMs / 1000, base, top: base + row[state] }
    })
    return {
      data: { values: rows },
      mark: { type: 'area', interpolate: 'step-after', color: COLOURS[state], line: false },
      encoding: { x, y: { ...y, field: 'top' }, y2: { field: 'base' } },
    } as Layer
  })
}

function targetRows({ decisions, durationMs }: RunDetail) {
  const first = decisions[0]
  const last = decisions.at(-1)
  if (!first || !last) return []
  return [
    { atS: 0, target: first.from },
    ...decisions.map(({ atMs, to }) => ({ atS: atMs / 1000, target: to })),
    { atS: durationMs / 1000, target: last.to },
  ]
}

function decisionTold({ atMs, kind, reason, from, to, arrivalsPerS, queued }: DecisionPoint): Told {
  return {
    Time: secondsText(atMs),
    Decision: kind === 'hold' ? `hold at ${to}` : `${from} to ${to} replicas`,
    Reason: reason,
    Arrivals: inUnit(arrivalsPerS, '/s'),
    Queue: inUnit(queued, ''),
  }
}

function movesLayer(
  decisions: readonly DecisionPoint[],
  way: 'up' | 'down',
  { x, y }: { x: object; y: object },
): Layer {
  const moves = decisions.filter(({ from, to }) => (way === 'up' ? to > from : to < from))
  const { data, tooltip } = telling(
    moves.map((move) => ({ ...move, atS: move.atMs / 1000 })),
    decisionTold,
  )
  return {
    data,
    mark: {
      type: 'point',
      shape: `triangle-${way}`,
      size: 44,
      fill: way === 'up' ? COLOURS.measured : COLOURS.background,
      stroke: COLOURS.measured,
      strokeWidth: 1,
      opacity: 1,
    },
    encoding: { x, y: { ...y, field: 'to' }, tooltip },
  } as Layer
}
