import { COLOURS, type Layer } from './theme.ts'

export interface Limit {
  axis: 'x' | 'y'
  at: number
  text: string[]
  /** Of a limit on x whose name is to be inside, at the top: the side of the rule on which no line is. */
  side?: 'left' | 'right'
}

/**
 * A limit as a dashed rule with its name, outside the plotting area, where no line crosses it, unless `side` says where there is room
 * inside. Both marks have one row of data of their own: with the panel's data they would be drawn once a row.
 */
export function limitLayers(limit: Limit): Layer[] {
  const datum = { datum: limit.at, type: 'quantitative' as const }
  const data = { values: [{}] }
  return [
    {
      data,
      mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] },
      encoding: limit.axis === 'x' ? { x: datum } : { y: datum },
    },
    { data, ...nameOf(limit, datum) },
  ]
}

function nameOf({ axis, text, side }: Limit, datum: object): Layer {
  const label = { type: 'text' as const, text, color: COLOURS.limit, lineHeight: 13 }
  if (axis === 'y')
    return {
      mark: { ...label, align: 'left', baseline: 'middle', dx: 6, dy: -6 * (text.length - 1) },
      encoding: { x: { value: 'width' }, y: datum },
    } as Layer
  if (side === undefined)
    return {
      mark: { ...label, align: 'center', baseline: 'bottom' },
      encoding: { x: datum, y: { value: -4 } },
    } as Layer
  const beside = side === 'right' ? { align: 'left', dx: 6 } : { align: 'right', dx: -6 }
  return { mark: { ...label, ...beside, baseline: 'top' }, encoding: { x: datum, y: { value: 4 } } } as Layer
}
