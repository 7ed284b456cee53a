import type { CostAndViolations } from '../analysis/frontier.ts'
import { placeLabels } from './labels.ts'
import { COLOURS, type Layer, SIZE } from './theme.ts'

/** One side of a policy in a frontier. */
export interface OwnPoint extends CostAndViolations {
  policy: string
  side: 'predicted' | 'measured'
  /** No other one of its side beats it. */
  efficient: boolean
}

/** A light edge parts a name from the lines under it. */
const HALO_AND_TEXT = [
  (_bold: boolean) => ({ stroke: COLOURS.background, strokeWidth: 3.5, strokeJoin: 'round' }),
  (bold: boolean) => ({ color: bold ? COLOURS.text : COLOURS.muted }),
]

/** The name of each policy once: at its prediction, or at its measurement where there is none. */
export function policyNames(
  points: readonly OwnPoint[],
  { domainX, domainY, ...size }: { domainX: number[]; domainY: number[]; widthPx: number; heightPx: number },
  { x, y }: { x: object; y: object },
): Layer[] {
  const at = (value: number, [from, to]: number[]) => (value - from!) / (to! - from!)
  const named = points.filter(
    ({ policy, side }) =>
      side === 'predicted' || !points.some((other) => other.policy === policy && other.side === 'predicted'),
  )
  const others = points.filter((point) => !named.includes(point))
  const rows = [...named.sort((a, b) => Number(b.efficient) - Number(a.efficient)), ...others].map(
    (point) => ({
      policy: point.policy,
      cost: point.replicaSeconds.mean,
      share: point.violationShare.mean,
      bold: point.efficient,
      text: named.includes(point) ? point.policy : '',
      xPx: size.widthPx * at(point.replicaSeconds.mean, domainX),
      yPx: size.heightPx * (1 - Math.sqrt(at(point.violationShare.mean, domainY))),
    }),
  )
  const places = placeLabels(rows, { ...size, fontSizePx: SIZE.label })
  return rows.flatMap(({ cost, share, bold, text }, i): Layer[] =>
    text === ''
      ? []
      : [
          ...HALO_AND_TEXT.map(
            (style) =>
              ({
                data: { values: [{ cost, share }] },
                mark: {
                  type: 'text',
                  text,
                  baseline: 'middle',
                  fontWeight: bold ? 600 : 400,
                  ...style(bold),
                  ...places[i]!,
                },
                encoding: { x: { ...x, field: 'cost' }, y: { ...y, field: 'share' } },
              }) as Layer,
          ),
        ],
  )
}
