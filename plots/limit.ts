import { COLOURS, type Layer } from './theme.ts'

/**
 * A limit as a dashed rule with its name outside the plotting area, where no line crosses it. Both marks
 * have one row of data of their own: with the panel's data they would be drawn once a row.
 */
export function limitLayers({ axis, at, text }: { axis: 'x' | 'y'; at: number; text: string[] }): Layer[] {
  const datum = { datum: at, type: 'quantitative' as const }
  const label = { type: 'text' as const, text, color: COLOURS.limit, lineHeight: 13 }
  const data = { values: [{}] }
  return [
    {
      data,
      mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] },
      encoding: axis === 'x' ? { x: datum } : { y: datum },
    },
    axis === 'x'
      ? {
          data,
          mark: { ...label, align: 'center', baseline: 'bottom' },
          encoding: { x: datum, y: { value: -4 } },
        }
      : {
          data,
          mark: { ...label, align: 'left', baseline: 'middle', dx: 6, dy: -6 * (text.length - 1) },
          encoding: { x: { value: 'width' }, y: datum },
        },
  ]
}
