import type { PredictionInterval } from '../analysis/interval.ts'
import { type PercentileCurve, STRETCHED } from '../analysis/percentiles.ts'
import type { Sla } from '../analysis/sla.ts'
import { assert } from '../base/assert.ts'
import { columnsIn, gridOf, panelTitle, UNDER_TITLE } from './grid.ts'
import { hoverStrips } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { latencyScale } from './latency.ts'
import { limitLayers } from './limit.ts'
import { inUnit } from './texts.ts'
import {
  COLOURS,
  type Headline,
  headline,
  type Layer,
  MARGIN_PX,
  type Panel,
  type Picture,
  WIDTH_PX,
} from './theme.ts'

/** The response times of one trace and policy; each curve and band has a value for each of STRETCHED. */
export interface PercentilesOf {
  label: string
  /** How many simulated runs there are, and the band that a further one falls into with 90 %. */
  simulated: number
  predicted: readonly (PredictionInterval | null)[]
  measured: readonly PercentileCurve[]
}

export interface PercentilesPicture extends Partial<Headline> {
  groups: readonly PercentilesOf[]
  sla: Sla
}

const LEAST_PX = 270

/**
 * Response time by percentile, stretched towards the tail as in HdrHistogram's plots: each factor of ten fewer requests has the same
 * room. A panel for each trace and policy, all with the same scales.
 */
export function percentilesSpec({ groups, sla, title, subtitle }: PercentilesPicture): Picture {
  assert(groups.length > 0, 'a picture of percentiles needs at least one run')
  const { columns, panelPx } = columnsIn(WIDTH_PX + MARGIN_PX, { panels: groups.length, leastPx: LEAST_PX })
  const scales = { latency: latencyScale([...upperOf(groups), sla.limitMs]), topZ: topOf(groups) }
  const heading = title ?? 'Response time by percentile'
  return {
    description: `${heading}, predicted and measured, of ${groups.map(({ label }) => label).join('; ')}`,
    title: headline(
      {
        title: heading,
        subtitle: subtitle ?? 'Of the answered requests, from when each should have been sent',
      },
      WIDTH_PX + MARGIN_PX,
    ),
    vconcat: [
      keyPanel(keyEntries(groups, sla), { fromPx: -MARGIN_PX, widthPx: WIDTH_PX + MARGIN_PX }),
      ...gridOf(
        groups.map((group, i) =>
          groupPanel(group, {
            sla,
            widthPx: panelPx,
            isNamed: (i + 1) % columns === 0 || i === groups.length - 1,
            ...scales,
          }),
        ),
        columns,
      ),
    ],
  }
}

function keyEntries(groups: readonly PercentilesOf[], sla: Sla): KeyEntry[] {
  const runs = Math.max(...groups.map(({ simulated }) => simulated))
  return [
    ...(runs === 1 ? [{ sign: 'line' as const, text: 'Predicted: 1 simulated run' }] : []),
    ...(runs > 1
      ? [{ sign: 'band' as const, text: 'Predicted: mean and 90% interval of the simulated runs' }]
      : []),
    ...(groups.some(({ measured }) => measured.length > 0)
      ? [{ sign: 'thinLine' as const, text: 'Measured: one live run' }]
      : []),
    { sign: 'limit', text: `SLA: ${sla.text}` },
  ]
}

/** The range of the axis is that of the upper seven tenths: the fastest answers tell nothing of a tail, and would take half of it. */
const LOWEST = 0.3

function upperOf(groups: readonly PercentilesOf[]): number[] {
  const from = STRETCHED.findIndex((p) => p >= LOWEST)
  return groups.flatMap(({ predicted, measured }) => [
    ...predicted.slice(from).flatMap((at) => (at ? [at.lo, at.hi] : [])),
    ...measured.flatMap((curve) => curve.slice(from)).filter((value) => value !== null),
  ])
}

/** z of a percentile: p = 1 - 10^-z. */
const zOf = (p: number) => -Math.log10(1 - p)

/** The last z at which anything is known. */
function topOf(groups: readonly PercentilesOf[]): number {
  const isKnown = (k: number) =>
    groups.some(({ predicted, measured }) => predicted[k] || measured.some((curve) => curve[k] !== null))
  const last = STRETCHED.findLastIndex((_, k) => isKnown(k))
  return Math.max(1, zOf(STRETCHED[Math.max(0, last)]!))
}

const LABELLED = [0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]

function groupPanel(
  { label, simulated, predicted, measured }: PercentilesOf,
  {
    sla,
    widthPx,
    latency,
    topZ,
    isNamed,
  }: {
    sla: Sla
    widthPx: number
    latency: ReturnType<typeof latencyScale>
    topZ: number
    isNamed: boolean
  },
): Panel {
  const x = {
    field: 'z',
    type: 'quantitative' as const,
    title: 'Percentile (%)',
    scale: { domain: [0, topZ], nice: false },
    axis: {
      grid: true,
      values: LABELLED.map(zOf).filter((z) => z <= topZ + 1e-9),
      labelExpr: `format(100 * (1 - pow(10, -datum.value)), '.4~f')`,
    },
  }
  const y = {
    type: 'quantitative' as const,
    title: `Response time (ms)${latency.remark}`,
    scale: latency.scale,
    axis: { ...latency.axis, ...UNDER_TITLE },
  }
  const band = STRETCHED.flatMap((p, k) => (predicted[k] ? [{ z: zOf(p), ...predicted[k] }] : []))
  return {
    title: panelTitle(label),
    width: widthPx,
    height: 210,
    layer: [
      ...(simulated > 1
        ? [
            {
              data: { values: band },
              mark: { type: 'area' as const, color: COLOURS.predictedBand, clip: true },
              encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
            },
          ]
        : []),
      {
        data: { values: band },
        mark: { type: 'line', color: COLOURS.predicted, strokeWidth: 2, clip: true },
        encoding: { x, y: { ...y, field: 'mean' } },
      },
      ...measured.map(
        (curve): Layer => ({
          data: {
            values: STRETCHED.flatMap((p, k) => (curve[k] === null ? [] : [{ z: zOf(p), ms: curve[k] }])),
          },
          mark: { type: 'line', color: COLOURS.measured, strokeWidth: 1.1, opacity: 0.8, clip: true },
          encoding: { x, y: { ...y, field: 'ms' } },
        }),
      ),
      quantileLayer(sla, x),
      ...limitLayers({
        axis: 'y',
        at: sla.limitMs,
        text: isNamed ? ['SLA limit', `${sla.limitMs} ms`] : [''],
      }),
      hoverStrips(stripsOf({ simulated, predicted, measured }, topZ), x),
    ],
  }
}

/** The percentile of which the SLA speaks: the curve must cross it below the limit. */
function quantileLayer({ quantile }: Sla, x: object): Layer {
  return {
    data: { values: [{ z: zOf(quantile) }] },
    mark: { type: 'rule', color: COLOURS.limit, strokeWidth: 1.2, strokeDash: [1.5, 2.5], clip: true },
    encoding: { x },
  } as Layer
}

function stripsOf(
  { simulated, predicted, measured }: Pick<PercentilesOf, 'simulated' | 'predicted' | 'measured'>,
  topZ: number,
) {
  const half = zOf(STRETCHED[1]!) / 2
  return STRETCHED.flatMap((p, k) => {
    const z = zOf(p)
    if (z > topZ + 1e-9) return []
    const at = predicted[k]
    return [
      {
        from: Math.max(0, z - half),
        to: Math.min(topZ, z + half),
        told: {
          Percentile: `${Number((100 * p).toPrecision(p > 0.99 ? 4 : 3))}%`,
          ...(simulated > 0 && {
            Predicted: inUnit(at?.mean, ' ms'),
            '90% interval': at ? `${inUnit(at.lo, ' ms')} to ${inUnit(at.hi, ' ms')}` : 'unknown',
          }),
          ...(measured.length > 0 && {
            Measured: measured.map((curve) => inUnit(curve[k], ' ms')).join(', '),
          }),
        },
      },
    ]
  })
}
