import { assert } from '../base/assert.ts'
import { telling } from './hover.ts'
import { inUnit } from './texts.ts'
import { textWidthPx } from './textWidth.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  type Panel,
  type Picture,
  SEQUENCE,
  SIZE,
} from './theme.ts'

/** Starts of one kind. */
export interface PhaseRow {
  /** `cold, alone, idle` */
  label: string
  /** Means, ms, one after the other; null where nobody looked. */
  createMs: number
  startMs: number
  answerMs: number | null
  checkMs: number
  count: number
}

export interface PhasesPicture extends Partial<Headline> {
  rows: readonly PhaseRow[]
}

/** From dark to light in the order of time, told apart in a grey copy as well. */
const PHASES = [
  { field: 'createMs', text: 'container made', color: SEQUENCE[0] },
  { field: 'startMs', text: 'started', color: SEQUENCE[1] },
  { field: 'answerMs', text: 'application listens', color: SEQUENCE[2] },
  { field: 'checkMs', text: 'health check passed, in rotation', color: SEQUENCE[3] },
] as const

const ROW_PX = 24
const BAR_PX = 15
const PLOT_PX = 400

/** What a start consists of, by how the replica was held ready and how many start at once: a bar a kind, a colour a phase. */
export function phasesSpec({ rows, title, subtitle }: PhasesPicture): Picture {
  assert(rows.length > 0, 'a picture of the phases of starts needs one')
  const labelPx = Math.max(...rows.map(({ label }) => textWidthPx(label, { fontSizePx: SIZE.heading }))) + 12
  const parts = rows.flatMap((row, i) => {
    let fromMs = 0
    return PHASES.map(({ field, text, color }) => {
      const part = {
        row: i,
        color,
        fromMs,
        toMs: fromMs + (row[field] ?? 0),
        start: row.label,
        phase: text,
        took: inUnit(row[field], ' ms'),
      }
      fromMs = part.toMs
      return part
    })
  })
  const { data, tooltip } = telling(parts, ({ start, phase, took }) => ({
    Start: start,
    Phase: phase,
    Mean: took,
  }))
  const totals = rows.map((row, i) => ({
    row: i,
    toMs: PHASES.reduce((sum, { field }) => sum + (row[field] ?? 0), 0),
  }))
  const x = {
    type: 'quantitative' as const,
    title: 'Time since it was asked for (ms)',
    scale: { domain: [0, Math.max(...totals.map(({ toMs }) => toMs))], nice: 6 },
    axis: { grid: true, tickCount: 6 },
  }
  const y = rowEncoding(rows)
  const bars: Panel = {
    width: PLOT_PX,
    height: rows.length * ROW_PX,
    layer: [
      {
        data: { values: data.values.map(({ start: _, phase: __, took: ___, ...row }) => row) },
        mark: { type: 'bar', height: BAR_PX },
        encoding: {
          x: { ...x, field: 'fromMs' },
          x2: { field: 'toMs' },
          y,
          color: { field: 'color', type: 'nominal', scale: null },
          tooltip,
        },
      },
      {
        data: {
          values: totals.map((total, i) => ({
            ...total,
            text: `${total.toMs.toFixed(0)} ms (n ${rows[i]!.count})`,
          })),
        },
        mark: { type: 'text', align: 'left', dx: 5 },
        encoding: { x: { ...x, field: 'toMs' }, y, text: { field: 'text', type: 'nominal' } },
      },
    ],
  }
  return {
    description: `${title ?? 'What a start consists of'}: mean time of each phase for ${rows.map(({ label }) => label).join('; ')}`,
    title: headline({ title: title ?? 'What a start consists of', subtitle }, labelPx + PLOT_PX),
    vconcat: [
      phaseKey(labelPx + PLOT_PX),
      { spacing: 0, bounds: 'flush', hconcat: [labels(rows, labelPx), bars] },
    ],
  }
}

function rowEncoding(rows: readonly PhaseRow[]) {
  return {
    field: 'row',
    type: 'nominal' as const,
    title: null,
    scale: { type: 'band' as const, domain: rows.map((_, i) => i), padding: 0 },
    axis: null,
  }
}

function labels(rows: readonly PhaseRow[], widthPx: number): Panel {
  return {
    width: widthPx,
    height: rows.length * ROW_PX,
    data: { values: rows.map(({ label }, i) => ({ row: i, text: label })) },
    mark: { type: 'text', align: 'left', fontSize: SIZE.heading },
    encoding: { x: { value: 0 }, y: rowEncoding(rows), text: { field: 'text', type: 'nominal' } },
  }
}

const BOX_PX = 12

function phaseKey(widthPx: number): Panel {
  let fromPx = 0
  const layers = PHASES.flatMap(({ text, color }): Layer[] => {
    const atPx = fromPx
    fromPx += BOX_PX + 5 + textWidthPx(text, { fontSizePx: SIZE.label }) + 18
    return [
      {
        data: { values: [{}] },
        mark: { type: 'rect', color, stroke: COLOURS.axis, strokeWidth: 0.5 },
        encoding: { x: { value: atPx }, x2: { value: atPx + BOX_PX }, y: { value: 2 }, y2: { value: 14 } },
      },
      {
        data: { values: [{}] },
        mark: { type: 'text', align: 'left', baseline: 'middle', text },
        encoding: { x: { value: atPx + BOX_PX + 5 }, y: { value: 8 } },
      },
    ]
  })
  return { width: widthPx, height: 18, layer: layers }
}
