import { bandOf, type Timeline } from '../analysis/timeline.ts'
import type { TrajectoryFit } from '../analysis/trajectory.ts'
import { assert } from '../base/assert.ts'
import { columnsIn, gridOf, panelTitle, UNDER_TITLE } from './grid.ts'
import { hoverStrips } from './hover.ts'
import { type KeyEntry, keyPanel } from './key.ts'
import { percentText } from './percent.ts'
import { inUnit, numberText, secondsText } from './texts.ts'
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

/** The runs of one trace and policy; either side may be empty. */
export interface TrajectoriesOf {
  label: string
  predicted: readonly Timeline[]
  measured: readonly Timeline[]
  /** How near the two are; null where a side has no run. */
  fit: TrajectoryFit | null
}

export interface ReplicasPicture extends Partial<Headline> {
  groups: readonly TrajectoriesOf[]
}

const LEAST_PX = 270

/** Ready replicas over time, the predicted 90 % band and each live run, a panel for each trace and policy with one scale. */
export function replicasSpec({ groups, title, subtitle }: ReplicasPicture): Picture {
  assert(groups.length > 0, 'a picture of replicas needs at least one run')
  const { columns, panelPx } = columnsIn(WIDTH_PX + MARGIN_PX, { panels: groups.length, leastPx: LEAST_PX })
  const most = Math.max(
    2,
    ...groups.flatMap(({ predicted, measured }) =>
      [...predicted, ...measured].flatMap((run) => run.replicas),
    ),
  )
  const heading = title ?? 'How the replicas went'
  return {
    description: `${heading}: ready replicas over time, predicted and measured, of ${groups.map(({ label }) => label).join('; ')}`,
    title: headline({ title: heading, subtitle }, WIDTH_PX + MARGIN_PX),
    vconcat: [
      keyPanel(keyEntries(groups), { fromPx: -MARGIN_PX, widthPx: WIDTH_PX + MARGIN_PX }),
      ...gridOf(
        groups.map((group, i) =>
          trajectoryPanel(group, { widthPx: panelPx, most, isLast: i + columns >= groups.length }),
        ),
        columns,
      ),
    ],
  }
}

function keyEntries(groups: readonly TrajectoriesOf[]): KeyEntry[] {
  const runs = Math.max(...groups.map(({ predicted }) => predicted.length))
  return [
    ...(runs === 1 ? [{ sign: 'line' as const, text: 'Predicted: 1 simulated run' }] : []),
    ...(runs > 1
      ? [{ sign: 'band' as const, text: 'Predicted: mean and 90% interval of the simulated runs' }]
      : []),
    ...(groups.some(({ measured }) => measured.length > 0)
      ? [{ sign: 'thinLine' as const, text: 'Measured: one live run' }]
      : []),
  ]
}

function trajectoryPanel(
  { label, predicted, measured, fit }: TrajectoriesOf,
  { widthPx, most, isLast }: { widthPx: number; most: number; isLast: boolean },
): Panel {
  const { atMs, binMs } = predicted[0] ?? measured[0]!
  const band = predicted.length > 0 ? bandOf(predicted, 'replicas') : null
  const x = {
    field: 'atS',
    type: 'quantitative' as const,
    title: isLast ? 'Time since the start (s)' : null,
    scale: { domain: [0, (atMs.length * binMs) / 1000], nice: false },
    axis: { grid: true, tickCount: 6 },
  }
  const y = {
    type: 'quantitative' as const,
    title: 'Replicas ready',
    scale: { domain: [0, most], nice: 4 },
    axis: { tickCount: 4, tickMinStep: 1, ...UNDER_TITLE },
  }
  const values = atMs.map((at, k) => ({
    atS: at / 1000,
    lo: band?.lo[k],
    hi: band?.hi[k],
    mean: band?.mean[k],
  }))
  const strips = atMs.map((at, k) => ({
    from: (at - binMs / 2) / 1000,
    to: (at + binMs / 2) / 1000,
    told: {
      Time: secondsText(at),
      ...(band && {
        Predicted: inUnit(band.mean[k], ''),
        '90% interval': `${inUnit(band.lo[k], '')} to ${inUnit(band.hi[k], '')}`,
      }),
      ...(measured.length > 0 && {
        Measured: measured.map((run) => numberText(run.replicas[k]!)).join(', '),
      }),
    },
  }))
  return {
    title: panelTitle(
      fit ? `${label}: ${percentText(fit.insideShare)} of the live time in the interval` : label,
    ),
    width: widthPx,
    height: 120,
    layer: [
      ...(predicted.length > 1
        ? [
            {
              data: { values },
              mark: { type: 'area' as const, color: COLOURS.predictedBand, interpolate: 'step' as const },
              encoding: { x, y: { ...y, field: 'lo' }, y2: { field: 'hi' } },
            },
          ]
        : []),
      ...(band
        ? [
            {
              data: { values },
              mark: {
                type: 'line' as const,
                color: COLOURS.predicted,
                strokeWidth: 2,
                interpolate: 'step' as const,
              },
              encoding: { x, y: { ...y, field: 'mean' } },
            },
          ]
        : []),
      ...measured.map(
        (run): Layer => ({
          data: { values: run.atMs.map((at, k) => ({ atS: at / 1000, ready: run.replicas[k] })) },
          mark: { type: 'line', color: COLOURS.measured, strokeWidth: 1, opacity: 0.75, interpolate: 'step' },
          encoding: { x, y: { ...y, field: 'ready' } },
        }),
      ),
      hoverStrips(strips, x),
    ],
  }
}
