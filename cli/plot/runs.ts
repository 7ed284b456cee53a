import { mean } from 'simple-statistics'
import { compare, type Pairing } from '../../analysis/compare.ts'
import type { CostAndViolations } from '../../analysis/frontier.ts'
import { type PredictionInterval, predictionInterval } from '../../analysis/interval.ts'
import { type Metrics, metricsOf } from '../../analysis/metrics.ts'
import { percentileBand, percentileCurve } from '../../analysis/percentiles.ts'
import { runDetail } from '../../analysis/runDetail.ts'
import { timelineOf } from '../../analysis/timeline.ts'
import { trajectoryFit } from '../../analysis/trajectory.ts'
import { windowPairs } from '../../analysis/windowComparison.ts'
import { UserError } from '../../base/errors.ts'
import type { Picture } from '../../plots/index.ts'
import type { RunRecord } from '../../record/schema.ts'
import { remark } from '../program.ts'
import { shortLabel } from '../simCompare.ts'
import {
  type Given,
  labelsOf,
  nameOf,
  onTrace,
  type PlotFlags,
  pairingsOf,
  recordsOf,
  seedText,
} from './given.ts'

export async function timelinePicture(given: Given, { sla }: PlotFlags): Promise<Picture> {
  const { timelineSpec } = await import('../../plots/index.ts')
  const records = recordsOf(given, 'timeline')
  const traces = new Set(records.map(({ run }) => run.traceHash))
  if (traces.size > 1)
    throw new UserError(
      `the records are of ${traces.size} different traces: a timeline shows runs of one trace. Give the runs of one, or --kind replicas`,
    )
  const policies = new Set(records.map(({ run }) => shortLabel(run)))
  if (policies.size > 1)
    throw new UserError(
      `the records are of ${policies.size} different policies (${[...policies].join('; ')}): a timeline shows runs of one. Give the runs of one, or --kind replicas`,
    )
  const of = (mode: 'sim' | 'live') => records.filter(({ run }) => run.mode === mode)
  const { trace } = records[0]!.run
  const shown = of('live')[0] ?? records[0]!
  return timelineSpec({
    title: `${[...policies].join()} on ${nameOf(trace.name)}`,
    predicted: of('sim').map((record) => timelineOf(record, sla)),
    measured: of('live').map((record) => timelineOf(record, sla)),
    sla,
    detail: { run: runDetail(shown), name: seedText(shown.run) },
  })
}

/** By policy, and window by window. */
export async function violationsPicture(given: Given, { sla }: PlotFlags): Promise<Picture> {
  const { violationsSpec } = await import('../../plots/index.ts')
  const pairings = pairingsOf(given, 'violations')
  const { cells, remarks } = compare(pairings, sla)
  for (const line of remarks) remark(`remark: ${line}`)
  if (cells.length === 0)
    throw new UserError(
      '--kind violations sets predicted beside measured: it needs simulated and live runs of one trace and policy. Add the records of the other side, or draw one side alone with --kind timeline',
    )
  const both = pairings.filter(({ simulated, live }) => simulated.length > 0 && live.length > 0)
  return violationsSpec({
    cells: cells.map((cell) => ({ ...cell, trace: nameOf(cell.trace) })),
    sla,
    windows: both.map((pairing) => ({
      trace: nameOf(pairing.trace),
      policy: pairing.policy,
      windows: windowPairs(pairing, sla),
    })),
  })
}

export async function latencyPicture(given: Given, { sla }: PlotFlags): Promise<Picture> {
  const { percentilesSpec } = await import('../../plots/index.ts')
  const pairings = pairingsOf(given, 'latency')
  const labels = labelsOf(pairings)
  return percentilesSpec({
    title: `Response time by percentile${onTrace(pairings)}`,
    sla,
    groups: pairings.map(({ simulated, live }, i) => ({
      label: labels[i]!,
      simulated: simulated.length,
      predicted: percentileBand(simulated.map(percentileCurve)),
      measured: live.map(percentileCurve),
    })),
  })
}

const BIN_MS = 1000

export async function replicasPicture(given: Given, { sla }: PlotFlags): Promise<Picture> {
  const { replicasSpec } = await import('../../plots/index.ts')
  const pairings = pairingsOf(given, 'replicas')
  const labels = labelsOf(pairings)
  return replicasSpec({
    title: `How the replicas went${onTrace(pairings)}`,
    groups: pairings.map(({ simulated, live }, i) => ({
      label: labels[i]!,
      predicted: simulated.map((record) => timelineOf(record, sla, BIN_MS)),
      measured: live.map((record) => timelineOf(record, sla, BIN_MS)),
      fit: trajectoryFit(simulated, live),
    })),
  })
}

export async function frontierPicture(given: Given, { sla }: PlotFlags): Promise<Picture> {
  const { frontierSpec } = await import('../../plots/index.ts')
  const pairings = pairingsOf(given, 'frontier')
  const of = (runs: readonly RunRecord[], interval: (values: number[]) => PredictionInterval | null) => {
    const metrics = runs.map((record) => metricsOf(record, sla))
    const replicaSeconds = interval(known(metrics, 'replicaSeconds'))
    const violationShare = interval(known(metrics, 'violationShare'))
    return replicaSeconds && violationShare ? { replicaSeconds, violationShare } : null
  }
  const pointOf = ({ policy, simulated, live }: Pairing) => ({
    policy,
    predicted: of(simulated, predictionInterval),
    measured: of(live, rangeOf),
  })
  return frontierSpec({
    allowed: Number((1 - sla.quantile).toPrecision(12)),
    traces: [...Map.groupBy(pairings, ({ trace }) => trace)].map(([trace, own]) => ({
      trace: nameOf(trace),
      points: own.map(pointOf).filter(hasSide),
    })),
  })
}

function hasSide(point: {
  predicted: CostAndViolations | null
  measured: CostAndViolations | null
}): boolean {
  return point.predicted !== null || point.measured !== null
}

const known = (runs: readonly Metrics[], name: 'replicaSeconds' | 'violationShare') =>
  runs.map((run) => run[name]).filter((value) => value !== null)

/** Of a few live runs no interval can be told. */
function rangeOf(values: number[]): PredictionInterval | null {
  return values.length === 0 ? null : { mean: mean(values), lo: Math.min(...values), hi: Math.max(...values) }
}
