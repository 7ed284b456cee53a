import { type KeyEntry, keyPanel, type Sign } from '../../plots/key.ts'
import { limitLayers } from '../../plots/limit.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  MARGIN_PX,
  type Picture,
  WIDTH_PX,
} from '../../plots/theme.ts'

/** An axis: what it shows, with its unit. */
export interface Axis {
  title: string
  domain?: [number, number]
  isLog?: boolean
  /** Ticks where the default ones do not suit. */
  values?: number[]
  /** Of d3-format, such as `~%`. */
  format?: string
}

/** One thing that is shown: how, what the key calls it (absent: nothing), and its points. */
export interface Curve {
  as: 'predicted' | 'predictedDots' | 'dots' | 'paleDots' | 'fine'
  text?: string
  points: readonly CurvePoint[]
}

export interface CurvePoint {
  x: number
  y: number
  /** An interval around y. */
  lo?: number
  hi?: number
  /** Stands beside the point. */
  label?: string
}

export interface CurvesPicture extends Headline {
  x: Axis
  y: Axis
  curves: readonly Curve[]
  limits?: readonly { axis: 'x' | 'y'; at: number; text: string[] }[]
  heightPx?: number
  widthPx?: number
}

/** How each kind is drawn, and its sign in the key. */
const KINDS: Record<Curve['as'], { sign: Sign; mark: object }> = {
  predicted: { sign: 'line', mark: { type: 'line', color: COLOURS.predicted, strokeWidth: 2 } },
  predictedDots: { sign: 'predictedDot', mark: dots(COLOURS.predicted) },
  dots: { sign: 'dot', mark: dots(COLOURS.measured) },
  paleDots: { sign: 'paleDot', mark: { ...dots(COLOURS.muted), size: 12, opacity: 0.5 } },
  fine: {
    sign: 'fine',
    mark: { type: 'line', color: COLOURS.muted, strokeWidth: 1, strokeDash: [1.5, 2.5] },
  },
}

function dots(color: string) {
  return { type: 'point', filled: true, color, size: 40, opacity: 1 }
}

/** Curves and points over one horizontal axis, in the theme of plots/. */
export function curvesSpec({
  x,
  y,
  curves,
  limits = [],
  heightPx = 240,
  widthPx = WIDTH_PX,
  ...texts
}: CurvesPicture): Picture {
  return {
    description: `${texts.title}: ${y.title} over ${x.title}; ${curves.flatMap(({ text }) => text ?? []).join(', ')}`,
    title: headline(texts, widthPx),
    vconcat: [
      keyPanel(curves.flatMap(keyEntries), { fromPx: -MARGIN_PX, widthPx: widthPx + MARGIN_PX }),
      {
        width: widthPx,
        height: heightPx,
        layer: [...curves.flatMap((curve) => curveLayers(curve, x, y)), ...limits.flatMap(limitLayers)],
      },
    ],
  }
}

const hasBand = ({ points }: Curve) => points.some(({ lo }) => lo !== undefined)

const keyEntries = (curve: Curve): KeyEntry[] =>
  curve.text === undefined ? [] : [{ sign: hasBand(curve) ? 'band' : KINDS[curve.as].sign, text: curve.text }]

function channel(axis: Axis, field: 'x' | 'y') {
  const { title, domain, isLog, values, format } = axis
  return {
    field,
    type: 'quantitative' as const,
    title,
    scale: { ...(domain && { domain }), type: isLog ? ('log' as const) : ('linear' as const), nice: !domain },
    axis: {
      grid: true,
      tickCount: field === 'x' ? 8 : 5,
      ...(values && { values }),
      ...(format && { format }),
    },
  }
}

function curveLayers(curve: Curve, xAxis: Axis, yAxis: Axis): Layer[] {
  const x = channel(xAxis, 'x')
  const y = channel(yAxis, 'y')
  const data = { values: curve.points.map((point) => ({ ...point })) }
  const band = {
    data,
    mark: { type: 'area', color: COLOURS.predictedBand },
    encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
  }
  const labels = {
    data: { values: data.values.filter(({ label }) => label !== undefined) },
    mark: { type: 'text', align: 'left', baseline: 'bottom', dx: 7, dy: -2 },
    encoding: { x, y, text: { field: 'label', type: 'nominal' } },
  }
  return [
    ...(hasBand(curve) ? [band] : []),
    { data, mark: KINDS[curve.as].mark, encoding: { x, y } },
    ...(labels.data.values.length > 0 ? [labels] : []),
  ] as Layer[]
}
