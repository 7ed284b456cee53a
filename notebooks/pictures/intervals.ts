import { type KeyEntry, keyPanel } from '../../plots/key.ts'
import { limitLayers } from '../../plots/limit.ts'
import { textWidthPx } from '../../plots/textWidth.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  type Picture,
  SIZE,
  WIDTH_PX,
} from '../../plots/theme.ts'

/** A row: an interval with its mean, single values, or both. */
export interface IntervalRow {
  label: string
  predicted?: { mean: number; lo: number; hi: number }
  values?: readonly number[]
}

export interface IntervalsPicture extends Headline {
  rows: readonly IntervalRow[]
  x: { title: string; format?: string; domain?: [number, number] }
  /** What the key calls interval and values. */
  names: { predicted?: string; values?: string }
  limit?: { at: number; text: string }
}

const ROW_PX = 26

/** Named intervals and values below each other over one axis, in the theme of plots/. */
export function intervalsSpec({ rows, x, names, limit, ...texts }: IntervalsPicture): Picture {
  const labelPx =
    16 + Math.ceil(Math.max(...rows.map(({ label }) => textWidthPx(label, { fontSizePx: SIZE.heading }))))
  const widthPx = WIDTH_PX - labelPx
  const key: KeyEntry[] = [
    ...(names.predicted ? [{ sign: 'interval' as const, text: names.predicted }] : []),
    ...(names.values ? [{ sign: 'dot' as const, text: names.values }] : []),
  ]
  const y = {
    field: 'row',
    type: 'nominal' as const,
    title: null,
    scale: { type: 'band' as const, domain: rows.map((_, i) => i), padding: 0 },
    axis: null,
  }
  const channel = (field: string) => ({
    field,
    type: 'quantitative' as const,
    title: x.title,
    scale: x.domain ? { domain: x.domain } : { nice: true, zero: true },
    axis: { grid: true, tickCount: 7, ...(x.format && { format: x.format }) },
  })
  const intervals = rows.flatMap(({ predicted }, row) => (predicted ? [{ row, ...predicted }] : []))
  const dots = rows.flatMap(({ values = [] }, row) => values.map((value) => ({ row, value })))
  return {
    description: `${texts.title}: ${rows.map(({ label }) => label).join(', ')}`,
    title: headline(texts, WIDTH_PX),
    vconcat: [
      keyPanel(key, { fromPx: 0, widthPx: WIDTH_PX }),
      {
        spacing: 0,
        bounds: 'flush',
        hconcat: [
          {
            width: labelPx,
            height: rows.length * ROW_PX,
            layer: [
              {
                data: { values: rows.map(({ label }, row) => ({ row, label })) },
                mark: { type: 'text', align: 'left', fontSize: SIZE.heading },
                encoding: { x: { value: 0 }, y, text: { field: 'label', type: 'nominal' } },
              },
            ],
          },
          {
            width: widthPx,
            height: rows.length * ROW_PX,
            layer: [
              {
                data: { values: intervals },
                mark: { type: 'bar', height: 12, color: COLOURS.predictedBand },
                encoding: { x: channel('lo'), x2: { field: 'hi' }, y },
              },
              {
                data: { values: intervals },
                mark: { type: 'tick', size: 16, thickness: 2.5, color: COLOURS.predicted },
                encoding: { x: channel('mean'), y },
              },
              {
                data: { values: dots },
                mark: {
                  type: 'point',
                  shape: 'circle',
                  size: 38,
                  fill: COLOURS.measured,
                  stroke: COLOURS.background,
                  strokeWidth: 0.8,
                  opacity: 1,
                },
                encoding: { x: channel('value'), y },
              },
              ...(limit ? limitLayers({ axis: 'x', at: limit.at, text: [limit.text] }) : []),
            ] as Layer[],
          },
        ],
      },
    ],
  }
}
