import type { RunDetail } from '../analysis/runDetail.ts'
import type { Sla } from '../analysis/sla.ts'
import { type Band, bandOf, type SeriesName, type Timeline } from '../analysis/timeline.ts'
import { assert } from '../base/assert.ts'
import { hoverStrips, type Strip } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { latencyScale } from './latency.ts'
import { limitLayers } from './limit.ts'
import { DETAIL_KEY, detailPanel } from './runDetail.ts'
import { inSentence, inUnit, secondsText, type Unit } from './texts.ts'
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

export interface TimelinePicture extends Headline {
  /** Replications of the simulation, all of one trace and bin length; may be empty. */
  predicted: readonly Timeline[]
  /** Live runs; may be empty. */
  measured: readonly Timeline[]
  sla: Sla
  /** How the key calls the two sides. */
  names?: { predicted: string; measured: string }
  /** One of the runs move by move, and what it is called: `live run 1`. */
  detail?: { run: RunDetail; name: string }
}

interface PanelPlan {
  series: SeriesName
  heading: string
  heightPx: number
  /** The replica count moves in steps; of the others a few runs in steps would draw boxes. */
  interpolate: 'step' | 'linear'
  /** The axis is at least this long, so that all zeros do not look like a movement. */
  leastMax: number
  format?: string
  wholeTicks?: boolean
  /** Of the values that are told on hovering. */
  unit: Unit
}

const PANELS: readonly PanelPlan[] = [
  {
    series: 'offeredPerS',
    unit: '/s',
    heading: 'Offered load (requests/s)',
    heightPx: 76,
    interpolate: 'linear',
    leastMax: 1,
  },
  {
    series: 'replicas',
    unit: '',
    heading: 'Replicas ready',
    heightPx: 76,
    interpolate: 'step',
    leastMax: 2,
    wholeTicks: true,
  },
  {
    series: 'queued',
    unit: '',
    heading: 'Queue in the proxy (requests)',
    heightPx: 76,
    interpolate: 'linear',
    leastMax: 4,
    wholeTicks: true,
  },
  {
    series: 'p95Ms',
    unit: ' ms',
    heading: 'Response time, 95th percentile (ms)',
    heightPx: 120,
    interpolate: 'linear',
    leastMax: 0,
  },
  {
    series: 'violationShare',
    unit: '%',
    heading: 'Requests that violate the SLA (% of those sent)',
    heightPx: 76,
    interpolate: 'linear',
    leastMax: 0.1,
    format: '.0%',
  },
]

/**
 * What happens over a run, predicted against measured: load, replicas, queue, response time and violations
 * above one time axis. Either side may be missing.
 */
export function timelineSpec(picture: TimelinePicture): Picture {
  const { predicted, measured, detail } = picture
  const runs = predicted.length + measured.length
  assert(runs > 0, 'a timeline needs at least one run')
  // The ready replicas of a single run are in its detail.
  const plans = PANELS.filter(({ series }) => !(detail && runs === 1 && series === 'replicas'))
  return {
    description: `${picture.title}: ${plans.map(({ heading }) => inSentence(heading)).join('; ')}, over time, of ${predicted.length} simulated and ${measured.length} live runs`,
    title: headline(picture, WIDTH_PX),
    vconcat: [
      keyPanel([...keyEntries(picture), ...(detail ? DETAIL_KEY : [])], {
        fromPx: -MARGIN_PX,
        widthPx: WIDTH_PX + MARGIN_PX,
      }),
      ...plans.flatMap((plan, i) => [
        ...(detail && i === 1 ? [detailPanel(detail)] : []),
        panelOf(plan, picture, i === plans.length - 1),
      ]),
    ],
  }
}

function keyEntries({ predicted, measured, names }: TimelinePicture): KeyEntry[] {
  const side = names ?? { predicted: 'Predicted', measured: 'Measured' }
  const entries: KeyEntry[] = []
  if (predicted.length === 1) entries.push({ sign: 'line', text: `${side.predicted}: 1 simulated run` })
  if (predicted.length > 1) {
    entries.push({
      sign: 'band',
      text: `${side.predicted}: mean and ${intervalName(predicted.length)} of ${predicted.length} simulated runs`,
    })
  }
  if (measured.length === 1) entries.push({ sign: 'thinLine', text: `${side.measured}: 1 live run` })
  if (measured.length > 1)
    entries.push({ sign: 'thinLine', text: `${side.measured}: ${measured.length} live runs` })
  return entries
}

/** With fewer than 19 runs the interval is their range and covers less than 90 % (analysis/interval.ts). */
function intervalName(runs: number): string {
  return runs >= 19 ? '90% interval' : 'range'
}

function panelOf(plan: PanelPlan, { predicted, measured, sla }: TimelinePicture, isLast: boolean): Panel {
  const band = predicted.length > 0 ? bandOf(predicted, plan.series) : null
  const isLatency = plan.series === 'p95Ms'
  const values = [...(band?.hi ?? []), ...(band?.lo ?? []), ...measured.flatMap((run) => run[plan.series])]
  const known = values.filter((value) => value !== null)
  const latency = latencyScale([...known, sla.limitMs])
  const x = timeEncoding(spanS(predicted[0] ?? measured[0]!), isLast)
  const y = {
    type: 'quantitative' as const,
    title: isLatency ? `${plan.heading}${latency.remark}` : plan.heading,
    scale: isLatency ? latency.scale : { domain: [0, Math.max(plan.leastMax, ...known)], nice: 4 },
    axis: {
      tickCount: 4,
      ...(plan.format && { format: plan.format }),
      ...(plan.wholeTicks && { tickMinStep: 1 }),
      ...(isLatency && latency.axis),
    },
  }
  return {
    width: WIDTH_PX,
    height: plan.heightPx,
    layer: [
      ...(band ? bandLayers(band, plan, { x, y, withArea: predicted.length > 1 }) : []),
      ...measured.map((run) => measuredLayer(run, plan, { x, y })),
      ...(isLatency
        ? limitLayers({ axis: 'y', at: sla.limitMs, text: ['SLA limit', `${sla.limitMs} ms`] })
        : []),
      hoverStrips(stripsOf(plan, band, { predicted, measured }), x),
    ],
  }
}

/** A strip a bin that tells every side's value in it. */
function stripsOf(
  { series, unit }: PanelPlan,
  band: Band | null,
  { predicted, measured }: Pick<TimelinePicture, 'predicted' | 'measured'>,
): Strip[] {
  const { atMs, binMs } = predicted[0] ?? measured[0]!
  return atMs.map((at, k) => ({
    from: (at - binMs / 2) / 1000,
    to: (at + binMs / 2) / 1000,
    told: {
      Time: secondsText(at),
      ...(band && { Predicted: inUnit(band.mean[k], unit) }),
      ...(predicted.length > 1 && {
        [intervalName(predicted.length)]: `${inUnit(band!.lo[k], unit)} to ${inUnit(band!.hi[k], unit)}`,
      }),
      ...(measured.length > 0 && {
        Measured: measured.map((run) => inUnit(run[series][k], unit)).join(', '),
      }),
    },
  }))
}

function spanS({ atMs, binMs }: Timeline): number {
  return (atMs.length * binMs) / 1000
}

function timeEncoding(untilS: number, isLast: boolean) {
  return {
    field: 'atS',
    type: 'quantitative' as const,
    title: isLast ? 'Time since the start (s)' : null,
    scale: { domain: [0, untilS], nice: false },
    axis: { grid: true, labels: isLast, ticks: isLast, tickCount: 10 },
  }
}

type Axes<Y> = { x: ReturnType<typeof timeEncoding>; y: Y }

function bandLayers<Y extends object>(
  band: Band,
  { interpolate }: PanelPlan,
  { x, y, withArea }: Axes<Y> & { withArea: boolean },
): Layer[] {
  const values = band.atMs.map((atMs, k) => ({
    atS: atMs / 1000,
    mean: band.mean[k],
    lo: band.lo[k],
    hi: band.hi[k],
  }))
  const area: Layer = {
    data: { values },
    // The stroke shows a bin without neighbours, whose area has no width.
    mark: { type: 'area', color: COLOURS.predictedBand, stroke: COLOURS.predictedBand, interpolate },
    encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
  }
  const line: Layer = {
    data: { values },
    mark: { type: 'line', color: COLOURS.predicted, strokeWidth: 2, interpolate },
    encoding: { x, y: { ...y, field: 'mean' } },
  }
  return withArea ? [area, line] : [line]
}

function measuredLayer<Y extends object>(
  run: Timeline,
  { series, interpolate }: PanelPlan,
  { x, y }: Axes<Y>,
): Layer {
  return {
    data: { values: run.atMs.map((atMs, k) => ({ atS: atMs / 1000, value: run[series][k] })) },
    mark: { type: 'line', color: COLOURS.measured, strokeWidth: 1, opacity: 0.75, interpolate },
    encoding: { x, y: { ...y, field: 'value' } },
  }
}
