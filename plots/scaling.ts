import { assert } from '../base/assert.ts'
import { telling } from './hover.ts'
import { keyPanel } from './key.ts'
import { inUnit } from './texts.ts'
import { COLOURS, type Headline, headline, MARGIN_PX, type Panel, type Picture } from './theme.ts'

/** What n replicas carried together. */
export interface ScalingPoint {
  replicas: number
  /** Answers/s with their 95 % interval; null where they were never saturated. */
  throughputPerS: { estimate: number; lo: number; hi: number } | null
  /** 95th percentile of the response time under a light load; null where nothing was answered. */
  lightP95Ms: number | null
}

export interface ScalingPicture extends Partial<Headline> {
  points: readonly ScalingPoint[]
  /** The fitted law: answers/s of n replicas; null where none could be fitted. */
  law: ((replicas: number) => number) | null
}

const WIDTH = 420
const CURVE_POINTS = 60

/** Throughput against the number of replicas, with the fitted law and what it would be if each added as much as the first. */
export function scalingSpec({ points, law, title, subtitle }: ScalingPicture): Picture {
  const saturated = points.flatMap(({ replicas, throughputPerS }) =>
    throughputPerS === null ? [] : [{ replicas, ...throughputPerS }],
  )
  assert(saturated.length > 0, 'a picture of scaling needs a number of replicas that was saturated')
  const most = Math.max(...points.map(({ replicas }) => replicas))
  const first = saturated[0]!
  const each = first.estimate / first.replicas
  const top = Math.max(each * most, ...saturated.map(({ hi }) => hi))
  const { data: measured, tooltip } = telling(saturated, ({ replicas, estimate, lo, hi }) => ({
    Replicas: String(replicas),
    Throughput: inUnit(estimate, '/s'),
    '95% interval': `${inUnit(lo, '/s')} to ${inUnit(hi, '/s')}`,
    Law: inUnit(law?.(replicas), '/s'),
  }))
  const x = xEncoding(points, false)
  const y = {
    type: 'quantitative' as const,
    title: 'Throughput (answers/s)',
    scale: { domain: [0, top], nice: 5 },
    axis: { tickCount: 5 },
  }
  const along = Array.from({ length: CURVE_POINTS + 1 }, (_, k) => 1 + ((most - 1) * k) / CURVE_POINTS)
  const throughput: Panel = {
    width: WIDTH,
    height: 200,
    layer: [
      {
        data: { values: [1, most].map((replicas) => ({ replicas, perS: each * replicas })) },
        mark: { type: 'line', color: COLOURS.muted, strokeWidth: 1, strokeDash: [1.5, 2.5] },
        encoding: { x, y: { ...y, field: 'perS' } },
      },
      ...(law
        ? [
            {
              data: { values: along.map((replicas) => ({ replicas, perS: law(replicas) })) },
              mark: { type: 'line' as const, color: COLOURS.predicted, strokeWidth: 2 },
              encoding: { x, y: { ...y, field: 'perS' } },
            },
          ]
        : []),
      {
        data: measured,
        mark: { type: 'rule', color: COLOURS.measured, strokeWidth: 1.2 },
        encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' }, tooltip },
      },
      {
        data: measured,
        mark: { type: 'point', filled: true, color: COLOURS.measured, size: 34, opacity: 1 },
        encoding: { x, y: { ...y, field: 'estimate' }, tooltip },
      },
    ],
  }
  return {
    description: `${title ?? 'What several replicas carry together'}: throughput and response time by the number of replicas, 1 to ${most}`,
    title: headline({ title: title ?? 'What several replicas carry together', subtitle }, WIDTH),
    vconcat: [
      keyPanel(
        [
          { sign: 'dot', text: 'Measured, with its 95% interval' },
          ...(law ? [{ sign: 'line' as const, text: 'Universal Scalability Law' }] : []),
          { sign: 'fine', text: 'Each as much as the first' },
        ],
        { fromPx: -MARGIN_PX, widthPx: WIDTH + MARGIN_PX },
      ),
      throughput,
      latencyPanel(points),
    ],
  }
}

function xEncoding(points: readonly ScalingPoint[], isLast: boolean) {
  const values = points.map(({ replicas }) => replicas)
  return {
    field: 'replicas',
    type: 'quantitative' as const,
    title: isLast ? 'Replicas' : null,
    scale: { domain: [0, Math.max(...values)] },
    axis: { grid: true, labels: isLast, ticks: isLast, values: [...values], format: 'd' },
  }
}

function latencyPanel(points: readonly ScalingPoint[]): Panel {
  const known = points.flatMap(({ replicas, lightP95Ms }) =>
    lightP95Ms === null ? [] : [{ replicas, p95Ms: lightP95Ms }],
  )
  const encoding = {
    x: xEncoding(points, true),
    y: {
      field: 'p95Ms',
      type: 'quantitative' as const,
      title: 'Response time under a light load, 95th percentile (ms)',
      scale: { domain: [0, Math.max(1, ...known.map(({ p95Ms }) => p95Ms))], nice: 3 },
      axis: { tickCount: 3 },
    },
  }
  const { data, tooltip } = telling(known, ({ replicas, p95Ms }) => ({
    Replicas: String(replicas),
    '95th percentile': inUnit(p95Ms, ' ms'),
  }))
  return {
    width: WIDTH,
    height: 80,
    layer: [
      { data, mark: { type: 'line', color: COLOURS.measured, strokeWidth: 1.5 }, encoding },
      {
        data,
        mark: { type: 'point', filled: true, color: COLOURS.measured, size: 26, opacity: 1 },
        encoding: { ...encoding, tooltip },
      },
    ],
  }
}
