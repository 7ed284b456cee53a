import { assert } from '../base/assert.ts'
import { panelTitle } from './grid.ts'
import { telling } from './hover.ts'
import { keyPanel } from './key.ts'
import { numberText } from './texts.ts'
import { textWidthPx } from './textWidth.ts'
import { COLOURS, type Headline, headline, type Layer, type Panel, type Picture, SIZE } from './theme.ts'

/** What a model says of one of its fits. */
export interface FitEvidence {
  label: string
  /** The fitted distribution in words. */
  distribution: string
  samples: number
  /** Mean with its 95 % interval, ms. */
  mean: { estimate: number; lo: number | null; hi: number | null }
  /** Distance on held-out data over its 5 % critical value; above 1 chance alone seldom gives it. Null where there is none. */
  ks: number | null
  ad: number | null
}

export interface FitEvidencePicture extends Partial<Headline> {
  fits: readonly FitEvidence[]
}

const ROW_PX = 30
const PANEL_PX = 240

/** Every fit of a model by the evidence in it: the mean with its interval, and the held-out distances over their critical values. */
export function fitEvidenceSpec({ fits, title, subtitle }: FitEvidencePicture): Picture {
  assert(fits.length > 0, 'a picture of fits needs at least one')
  const namesPx =
    16 +
    Math.max(
      ...fits.flatMap((fit) => [widthOf(fit.label, SIZE.heading, true), widthOf(detailOf(fit), SIZE.label)]),
    )
  const widthPx = namesPx + 2 * PANEL_PX + 30
  const heading = title ?? 'What the model was fitted to'
  return {
    description: `${heading}: mean with its interval and goodness of fit on held-out data of ${fits.map(({ label }) => label).join(', ')}`,
    title: headline({ title: heading, subtitle }, widthPx),
    vconcat: [
      keyPanel(
        [
          { sign: 'dot', text: 'Mean with its 95% interval, and Kolmogorov-Smirnov distance' },
          { sign: 'outsideDot', text: 'Anderson-Darling distance' },
          { sign: 'limit', text: '5% critical value: left of it the fit is not refused' },
        ],
        { fromPx: 0, widthPx },
      ),
      {
        spacing: 30,
        bounds: 'flush',
        hconcat: [namePanel(fits, namesPx), meanPanel(fits), distancePanel(fits)],
      },
    ],
  }
}

const widthOf = (text: string, fontSizePx: number, bold = false) => textWidthPx(text, { fontSizePx, bold })
const detailOf = ({ distribution, samples }: FitEvidence) =>
  `${distribution}; n ${samples.toLocaleString('en')}`

const rowEncoding = (fits: readonly FitEvidence[], axis: object | null) => ({
  field: 'row',
  type: 'nominal' as const,
  title: null,
  scale: { type: 'band' as const, domain: fits.map((_, i) => i), padding: 0 },
  axis,
})
const GUIDES = { domain: false, grid: true, labels: false, minExtent: 0, ticks: false }

function namePanel(fits: readonly FitEvidence[], widthPx: number): Panel {
  const text = (of: (fit: FitEvidence) => string, dy: number, style: object): Layer =>
    ({
      data: { values: fits.map((fit, row) => ({ row, text: of(fit) })) },
      mark: { type: 'text', align: 'left', dy, ...style },
      encoding: { x: { value: 0 }, y: rowEncoding(fits, null), text: { field: 'text', type: 'nominal' } },
    }) as Layer
  return {
    width: widthPx,
    height: fits.length * ROW_PX,
    layer: [
      text(({ label }) => label, -6, { fontSize: SIZE.heading, fontWeight: 600 }),
      text(detailOf, 7, { color: COLOURS.muted }),
    ],
  }
}

function meanPanel(fits: readonly FitEvidence[]): Panel {
  const { data, tooltip } = telling(
    fits.map(({ mean: { estimate, lo, hi }, label }, row) => ({
      row,
      label,
      estimate,
      lo: lo ?? estimate,
      hi: hi ?? estimate,
      interval: lo === null || hi === null ? 'unknown' : `${numberText(lo)} to ${numberText(hi)} ms`,
    })),
    ({ label, estimate, interval }) => ({
      Of: label,
      Mean: `${numberText(estimate)} ms`,
      '95% interval': interval,
    }),
  )
  const positive = fits
    .flatMap(({ mean: { estimate, lo, hi } }) => [estimate, lo ?? estimate, hi ?? estimate])
    .filter((value) => value > 0)
  const x = {
    type: 'quantitative' as const,
    title: 'ms, log scale',
    scale: {
      type: 'log' as const,
      domain: [
        10 ** Math.floor(Math.log10(Math.min(...positive, 1))),
        10 ** Math.ceil(Math.log10(Math.max(...positive, 10))),
      ],
      clamp: true,
      nice: false,
    },
    axis: { grid: true, tickCount: 4, format: '~f' },
  }
  const y = rowEncoding(fits, GUIDES)
  return {
    title: panelTitle('Mean', { offset: 8, dx: 0 }),
    width: PANEL_PX,
    height: fits.length * ROW_PX,
    layer: [
      {
        data,
        mark: { type: 'rule', color: COLOURS.measured, strokeWidth: 2 },
        encoding: { x: { ...x, field: 'lo' }, x2: { field: 'hi' }, y, tooltip },
      },
      {
        data,
        mark: { type: 'point', filled: true, color: COLOURS.measured, size: 34, opacity: 1 },
        encoding: { x: { ...x, field: 'estimate' }, y, tooltip },
      },
    ] as Layer[],
  }
}

function distancePanel(fits: readonly FitEvidence[]): Panel {
  const most = Math.max(1.2, ...fits.flatMap(({ ks, ad }) => [ks ?? 0, ad ?? 0]))
  const x = {
    type: 'quantitative' as const,
    title: 'over its 5% critical value',
    scale: { domain: [0, most * 1.05], nice: 4 },
    axis: { grid: true, tickCount: 5 },
  }
  const y = rowEncoding(fits, GUIDES)
  const dots = (name: 'ks' | 'ad', fill: string): Layer => {
    const { data, tooltip } = telling(
      fits.flatMap((fit, row) => (fit[name] === null ? [] : [{ row, label: fit.label, value: fit[name] }])),
      ({ label, value }) => ({
        Of: label,
        [name === 'ks' ? 'Kolmogorov-Smirnov' : 'Anderson-Darling']:
          `${numberText(value)} of the critical value`,
      }),
    )
    return {
      data,
      mark: {
        type: 'point',
        shape: 'circle',
        size: 38,
        fill,
        stroke: COLOURS.measured,
        strokeWidth: 1.1,
        opacity: 1,
      },
      encoding: { x: { ...x, field: 'value' }, y, tooltip },
    } as Layer
  }
  return {
    title: panelTitle('Distance on held-out data', { offset: 8, dx: 0 }),
    width: PANEL_PX,
    height: fits.length * ROW_PX,
    layer: [
      {
        data: { values: [{ critical: 1 }] },
        mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [4, 3] },
        encoding: { x: { ...x, field: 'critical' } },
      } as Layer,
      dots('ad', COLOURS.background),
      dots('ks', COLOURS.measured),
    ],
  }
}
