import { COLOURS, type Layer } from './theme.ts'

/** What is told on hovering: a line a name. All rows of one mark have the same names. */
export type Told = Readonly<Record<string, string>>

/** A mark of this style is invisible until the pointer is on it; the style sheet of plots/html.ts shows it then. */
export const UNSEEN = { fill: COLOURS.muted, fillOpacity: 0 } as const

/**
 * The rows of a mark with what each tells, and the encoding that tells it. The texts are made here and not by the renderer, whose
 * formats turn null, which is unknown, into 0.
 */
export function telling<T extends object>(rows: readonly T[], of: (row: T) => Told) {
  const names = rows[0] ? Object.keys(of(rows[0])) : []
  return {
    data: {
      values: rows.map((row) => ({
        ...row,
        ...Object.fromEntries(Object.values(of(row)).map((text, i) => [`told${i}`, text])),
      })),
    },
    tooltip: names.map((title, i) => ({ field: `told${i}`, title, type: 'nominal' as const })),
  }
}

/** A part of the horizontal axis, and what is told there. */
export interface Strip {
  from: number
  to: number
  told: Told
}

/**
 * Upright strips over the whole height of a panel that tell what is there: a line would have to be hit, and tells its first point alone.
 * @param x the panel's horizontal encoding.
 */
export function hoverStrips(strips: readonly Strip[], x: object): Layer {
  const rows = strips.map(({ from, to, told }) => ({ from, to, told }))
  const { data, tooltip } = telling(rows, ({ told }) => told)
  return {
    data: { values: data.values.map(({ told: _, ...row }) => row) },
    mark: { type: 'rect', ...UNSEEN },
    encoding: {
      x: { ...x, field: 'from', type: 'quantitative' },
      x2: { field: 'to' },
      y: { value: 0 },
      y2: { value: 'height' },
      tooltip,
    },
  } as Layer
}
