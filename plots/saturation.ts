import { max } from 'simple-statistics'
import type { Step } from '../analysis/saturation.ts'
import { assert } from '../base/assert.ts'
import { type Told, telling } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { latencyScale } from './latency.ts'
import { limitLayers } from './limit.ts'
import { inUnit, numberText } from './texts.ts'
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

/** What is drawn of a step of the staircase. */
export type SaturationStep = Omit<Step, 'fromMs' | 'toMs'> & {
  /** Cores that the replica used in it; absent or null where nobody measured it. */
  cores?: number | null
}

export interface SaturationPicture extends Partial<Headline> {
  steps: readonly SaturationStep[]
  /** The fitted capacity of one replica, drawn as a limit. */
  capacityPerS?: number
  /** The offered rate from which users see it, marked across the response times. */
  kneePerS?: number
}

/** What one replica can carry: throughput, response time and errors over the offered rate. */
export function saturationSpec(picture: SaturationPicture): Picture {
  assert(picture.steps.length > 0, 'a saturation curve needs at least one step')
  const steps = [...picture.steps].sort((a, b) => a.offeredPerS - b.offeredPerS)
  const title = picture.title ?? 'What one replica can carry'
  return {
    description: `${title}: throughput, response time, CPU and errors over the offered load, ${steps.length} load steps`,
    title: headline({ title, subtitle: picture.subtitle }, WIDTH_PX),
    vconcat: [
      keyPanel(KEY, { fromPx: -MARGIN_PX, widthPx: WIDTH_PX + MARGIN_PX }),
      throughputPanel(steps, picture.capacityPerS),
      latencyPanel(steps, picture.kneePerS),
      ...coresPanels(steps),
      errorsPanel(steps),
    ],
  }
}

const KEY: readonly KeyEntry[] = [
  { sign: 'measuredLine', text: 'Measured, a dot a load step (response time: 95th percentile)' },
  { sign: 'mutedLine', text: 'Median response time' },
  { sign: 'fine', text: 'All that is offered' },
]

function rateEncoding(steps: readonly SaturationStep[], isLast = false) {
  return {
    field: 'offeredPerS',
    type: 'quantitative' as const,
    title: isLast ? 'Offered load (requests/s)' : null,
    scale: { domain: [0, Math.max(...steps.map((step) => step.offeredPerS))], nice: 8 },
    axis: { grid: true, labels: isLast, ticks: isLast, tickCount: 8 },
  }
}

function throughputPanel(steps: readonly SaturationStep[], capacityPerS: number | undefined): Panel {
  const x = rateEncoding(steps)
  const max = Math.max(...steps.map((step) => step.completedPerS))
  const y = {
    type: 'quantitative' as const,
    title: 'Throughput (requests/s)',
    scale: { domain: [0, Math.max(1, capacityPerS ?? 0, max) * 1.1], nice: 5 },
    axis: { tickCount: 5 },
  }
  // The line "all that is offered" ends where it would leave the panel.
  const diagonalEnd = Math.min(y.scale.domain[1]!, steps.at(-1)!.offeredPerS)
  return {
    width: WIDTH_PX,
    height: 150,
    layer: [
      {
        data: { values: [0, diagonalEnd].map((rate) => ({ offeredPerS: rate, servedPerS: rate })) },
        mark: { type: 'line', color: COLOURS.muted, strokeWidth: 1, strokeDash: [1.5, 2.5] },
        encoding: { x, y: { ...y, field: 'servedPerS' } },
      },
      ...curve(steps, { x, y: { ...y, field: 'completedPerS' } }),
      ...(capacityPerS === undefined
        ? []
        : [
            ...limitLayers({
              axis: 'y',
              at: capacityPerS,
              text: ['Capacity', `${capacityPerS.toFixed(1)}/s`],
            }),
            kneeLayer(capacityPerS, { x, y }),
          ]),
    ],
  }
}

/** A ring where all that is offered reaches the capacity. */
function kneeLayer(capacityPerS: number, { x, y }: { x: object; y: object }): Layer {
  const { data, tooltip } = telling([{ offeredPerS: capacityPerS, servedPerS: capacityPerS }], () => ({
    Capacity: inUnit(capacityPerS, '/s'),
  }))
  return {
    data,
    mark: { type: 'point', shape: 'circle', size: 90, stroke: COLOURS.limit, strokeWidth: 2, opacity: 1 },
    encoding: { x, y: { ...y, field: 'servedPerS' }, tooltip },
  } as Layer
}

function latencyPanel(steps: readonly SaturationStep[], kneePerS: number | undefined): Panel {
  const known = steps.flatMap((step) => [step.p50Ms, step.p95Ms]).filter((value) => value !== null)
  const { remark, scale, axis } = latencyScale(known)
  const x = rateEncoding(steps)
  const y = { type: 'quantitative' as const, title: `Response time (ms)${remark}`, scale, axis }
  return {
    width: WIDTH_PX,
    height: 150,
    layer: [
      ...curve(steps, { x, y: { ...y, field: 'p50Ms' } }, COLOURS.axis),
      ...curve(steps, { x, y: { ...y, field: 'p95Ms' } }),
      ...(kneePerS === undefined
        ? []
        : limitLayers({
            axis: 'x',
            at: kneePerS,
            text: [`Knee ${kneePerS.toFixed(1)}/s: p95 twice the unloaded one`],
            // Before saturation response times are short: the upper left is free.
            side: kneePerS > max(steps.map(({ offeredPerS }) => offeredPerS)) / 2 ? 'left' : 'right',
          })),
    ],
  }
}

/** None where no step has them. */
function coresPanels(steps: readonly SaturationStep[]): Panel[] {
  const known = steps.flatMap(({ cores, ...step }) => (typeof cores === 'number' ? [{ ...step, cores }] : []))
  if (known.length === 0) return []
  const y = {
    field: 'cores',
    type: 'quantitative' as const,
    title: 'CPU of the replica (cores)',
    scale: { domain: [0, Math.max(0.05, ...known.map(({ cores }) => cores))], nice: 3 },
    axis: { tickCount: 3 },
  }
  return [{ width: WIDTH_PX, height: 60, layer: curve(known, { x: rateEncoding(steps), y }) }]
}

function errorsPanel(steps: readonly SaturationStep[]): Panel {
  const max = Math.max(...steps.map((step) => step.errorsShare))
  const y = {
    field: 'errorsShare',
    type: 'quantitative' as const,
    title: 'Errors (% of requests)',
    scale: { domain: [0, Math.max(0.05, max)], nice: 3 },
    axis: { format: '~%', tickCount: 3 },
  }
  return { width: WIDTH_PX, height: 60, layer: curve(steps, { x: rateEncoding(steps, true), y }) }
}

function curve(
  steps: readonly SaturationStep[],
  encoding: { x: object; y: object },
  color: string = COLOURS.measured,
): Layer[] {
  const { data, tooltip } = telling(steps, toldOf)
  return [
    { data, mark: { type: 'line', color, strokeWidth: 1.5 }, encoding },
    {
      data,
      mark: { type: 'point', filled: true, color, size: 26, opacity: 1 },
      encoding: { ...encoding, tooltip },
    },
  ] as Layer[]
}

function toldOf({ offeredPerS, completedPerS, p50Ms, p95Ms, errorsShare, cores }: SaturationStep): Told {
  return {
    Offered: inUnit(offeredPerS, '/s'),
    Answered: inUnit(completedPerS, '/s'),
    Median: inUnit(p50Ms, ' ms'),
    '95th percentile': inUnit(p95Ms, ' ms'),
    Errors: inUnit(errorsShare, '%'),
    'CPU of the replica': cores === null || cores === undefined ? 'unknown' : `${numberText(cores)} cores`,
  }
}
