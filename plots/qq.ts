import { assert } from '../base/assert.ts'
import { telling } from './hover.ts'
import { keyPanel } from './key.ts'
import { numberText } from './texts.ts'
import { COLOURS, type Headline, headline, MARGIN_PX, type Panel, type Picture } from './theme.ts'

export interface QqPicture extends Partial<Headline> {
  /** What was fitted: `Blocking time of class read`. */
  label: string
  /** Of both axes: `ms`. */
  unit: string
  /** A value that the fit did not see against the fitted distribution's quantile of its rank; ascending in both. */
  points: readonly { fitted: number; measured: number }[]
}

const PICTURE_PX = 340

/**
 * Quantiles of held-out measurements against those of the fitted distribution: on the diagonal where the fit is good,
 * above it where the measurements are larger. It shows the tails, which a distribution function hides.
 * Source: Wilk and Gnanadesikan, Biometrika 55 (1968).
 */
export function qqSpec({ label, unit, points, title, subtitle }: QqPicture): Picture {
  assert(points.length > 0, `the quantiles of ${label} need a sample`)
  return {
    description: `${title ?? label}: quantiles of ${points.length} held-out measurements against those of the fitted distribution`,
    title: headline({ title: title ?? label, subtitle }, PICTURE_PX),
    vconcat: [
      keyPanel(
        [
          { sign: 'line', text: 'Equal quantiles' },
          { sign: 'dot', text: `Held-out measurements (${points.length})` },
        ],
        { fromPx: -MARGIN_PX, widthPx: PICTURE_PX + MARGIN_PX },
      ),
      qqPanel({ unit, points }, PICTURE_PX),
    ],
  }
}

/** Quantiles against quantiles, with the diagonal, in a square. */
export function qqPanel({ unit, points }: Pick<QqPicture, 'unit' | 'points'>, sidePx: number): Panel {
  const all = points.flatMap(({ fitted, measured }) => [fitted, measured])
  const domain = [Math.min(...all), Math.max(...all)]
  const scale = { domain, nice: 6, zero: false }
  const tickCount = Math.round(sidePx / 60)
  const x = {
    field: 'fitted',
    type: 'quantitative' as const,
    title: `Fitted quantile (${unit})`,
    scale,
    axis: { grid: true, tickCount },
  }
  const y = {
    field: 'measured',
    type: 'quantitative' as const,
    title: `Measured quantile (${unit})`,
    scale,
    axis: { tickCount },
  }
  const { data, tooltip } = telling(
    thinned(points).map(({ fitted, measured }) => ({ fitted, measured })),
    ({ fitted, measured }) => ({
      Measured: `${numberText(measured)} ${unit}`,
      Fitted: `${numberText(fitted)} ${unit}`,
    }),
  )
  return {
    width: sidePx,
    height: sidePx,
    layer: [
      {
        data: { values: domain.map((value) => ({ fitted: value, measured: value })) },
        mark: { type: 'line', color: COLOURS.predicted, strokeWidth: 2 },
        encoding: { x, y },
      },
      { data, mark: POINT, encoding: { x, y, tooltip } },
    ],
  }
}

/** A measured value among hundreds. */
export const POINT = {
  type: 'point' as const,
  shape: 'circle',
  size: 14,
  stroke: COLOURS.measured,
  strokeWidth: 0.8,
  fill: COLOURS.measured,
  fillOpacity: 0.25,
  opacity: 1,
}

/** Points that are drawn at most; the outermost at each end are always among them. */
const MOST_POINTS = 300
const OUTERMOST = 20

export function thinned<T>(points: readonly T[]): T[] {
  const step = Math.ceil(points.length / MOST_POINTS)
  return points.filter((_, i) => i < OUTERMOST || i >= points.length - OUTERMOST || i % step === 0)
}
