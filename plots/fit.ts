import { assert } from '../base/assert.ts'
import { telling, UNSEEN } from './hover.ts'
import { keyPanel } from './key.ts'
import { percentText } from './percent.ts'
import { numberText } from './texts.ts'
import { COLOURS, type Headline, headline, MARGIN_PX, type Panel, type Picture } from './theme.ts'

export interface FitPicture extends Partial<Headline> {
  /** What was fitted: `Blocking time of class read`. */
  label: string
  /** Of the sample and of x: `ms`. */
  unit: string
  /** Held out: not used in the fit. */
  sample: readonly number[]
  /** The fitted distribution function: P(X <= x) = p, x ascending. */
  cdf: readonly { x: number; p: number }[]
}

const PICTURE_PX = 420

/** How well a fitted distribution meets data that it has not seen: both distribution functions in one panel. */
export function fitSpec({ label, unit, sample, cdf, title, subtitle }: FitPicture): Picture {
  assert(sample.length > 0 && cdf.length > 0, `the fit of ${label} needs a sample and a distribution`)
  return {
    description: `${title ?? label}: the fitted distribution function and that of ${sample.length} held-out measurements`,
    title: headline({ title: title ?? label, subtitle }, PICTURE_PX),
    vconcat: [
      keyPanel(
        [
          { sign: 'line', text: 'Fitted distribution' },
          { sign: 'thinLine', text: `Held-out measurements (${sample.length})` },
        ],
        { fromPx: -MARGIN_PX, widthPx: PICTURE_PX + MARGIN_PX },
      ),
      cdfPanel({ label, unit, sample, cdf }, { widthPx: PICTURE_PX, heightPx: 240 }),
    ],
  }
}

/** Both distribution functions over one axis. */
export function cdfPanel(
  { label, unit, sample, cdf }: Pick<FitPicture, 'label' | 'unit' | 'sample' | 'cdf'>,
  { widthPx, heightPx }: { widthPx: number; heightPx: number },
): Panel {
  const xs = [...sample, ...cdf.map((point) => point.x)].sort((a, b) => a - b)
  const span = [Math.min(0, xs[0]!), xs.at(-1)!] as const
  const x = {
    field: 'x',
    type: 'quantitative' as const,
    title: `${label} (${unit})`,
    scale: { domain: [...span], nice: 6 },
    axis: { grid: true, tickCount: Math.round(widthPx / 70) },
  }
  const y = {
    field: 'p',
    type: 'quantitative' as const,
    title: 'Share at or below (%)',
    scale: { domain: [0, 1] },
    axis: { format: '~%', tickCount: 5 },
  }
  const { data, tooltip } = telling(empirical(sample, span), (row) => ({
    Measured: `${percentText(row.p)} at or below ${numberText(row.x)} ${unit}`,
  }))
  return {
    width: widthPx,
    height: heightPx,
    layer: [
      {
        data: { values: [...cdf] },
        mark: { type: 'line', color: COLOURS.predicted, strokeWidth: 2.5 },
        encoding: { x, y },
      },
      {
        data: { values: empirical(sample, span) },
        mark: { type: 'line', color: COLOURS.measured, strokeWidth: 1.1, interpolate: 'step-after' },
        encoding: { x, y },
      },
      {
        data,
        mark: {
          type: 'point',
          shape: 'circle',
          size: 40,
          ...UNSEEN,
          strokeOpacity: 0,
        },
        encoding: { x, y, tooltip },
      },
    ],
  }
}

/** Steps that are drawn at most: a finer one is less than a pixel high. */
const MOST_STEPS = 250

/** The empirical distribution function (1/n at each value) over [from, to]. */
function empirical(sample: readonly number[], [from, to]: readonly [number, number]) {
  const sorted = [...sample].sort((a, b) => a - b)
  const n = sorted.length
  const ranks = Array.from({ length: Math.min(n, MOST_STEPS) }, (_, k) =>
    Math.round(((k + 1) * n) / Math.min(n, MOST_STEPS)),
  )
  return [{ x: from, p: 0 }, ...ranks.map((rank) => ({ x: sorted[rank - 1]!, p: rank / n })), { x: to, p: 1 }]
}
