import { mean, median } from 'simple-statistics'
import { doubtsOf } from '../record/doubts.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { FEWEST_FOR_INTERVAL, type PredictionInterval, predictionInterval } from './interval.ts'
import { METRICS, type MetricName, type Metrics, metricsOf } from './metrics.ts'
import { type PairedRuns, pairedRuns } from './paired.ts'
import { repeatsToTell } from './power.ts'
import { kendallTau } from './rank.ts'
import { type ArrivalPair, sameArrivals } from './sameArrivals.ts'
import type { Sla } from './sla.ts'
import { type TrajectoryFit, trajectoryFit } from './trajectory.ts'
import { queuedShareOf, utilisationOf } from './utilisation.ts'

/** One metric of one trace and policy: what was predicted, what was measured. */
export interface Cell {
  trace: string
  policy: string
  metric: MetricName
  predicted: PredictionInterval
  measured: { mean: number; values: number[] }
  /** Predicted mean - measured mean, in the metric's unit. */
  error: number
  /** Whether every measured value lies in the prediction interval. */
  inside: boolean
}

export interface Comparison {
  sla: string
  cells: Cell[]
  /** Share of all measured values that lie in their 90 % prediction interval; null without cells. */
  coverage: number | null
  /** Kendall's tau-b of the policies' violation shares, predicted against measured, mean over traces; null with fewer than two policies. */
  rankCorrelation: number | null
  /**
   * Per metric the sim-to-live distance over the live-to-live distance, E|S - L| / E|L - L'|, median over
   * cells; 1 means that a simulated run cannot be told from another live run. Null where no cell has two
   * live runs that differ.
   */
  fidelityRatio: Partial<Record<MetricName, number | null>>
  /** For each two policies on a trace: how many live runs of each would tell their violation shares apart (power.ts). */
  telling: { trace: string; policies: [string, string]; repeats: number }[]
  /** What is said of a cell as a whole rather than of one of its metrics. */
  pairs: PairSummary[]
  /** Run by run, the simulated one with the same arrivals. */
  sameArrivals: ArrivalPair[]
  /** What was left out or makes the comparison weaker, one line each. */
  remarks: string[]
}

export interface PairSummary {
  trace: string
  policy: string
  /** Live runs, and how many of them are not valid: they are in the figures, and named in the remarks. */
  live: number
  invalid: number
  /** Of the live runs, mean; null where none had a ready replica. */
  utilisation: number | null
  /** Of the live runs, mean share of the requests that reached a server that had to queue in the proxy: 0 never saturated, 1 always. */
  queuedShare: number | null
  /** The worst 99th percentile of the generator's lateness among the live runs, ms; null where none was measured. */
  latenessP99Ms: number | null
  trajectory: TrajectoryFit | null
  /** Live runs that served the same work as a simulated one, request by request. */
  sameWork: PairedRuns[]
}

/** Runs of one trace and policy on both sides. */
export interface Pairing {
  trace: string
  policy: string
  simulated: RunRecord[]
  live: RunRecord[]
}

/** The policy with what tells runs apart, parameters and faults: `pid kp=0.5 with kill:0@30s`. */
export function policyLabel(
  { policy, faults = [] }: Pick<RunHeader, 'policy' | 'faults'>,
  defaults: Readonly<Record<string, number>> = {},
): string {
  const changed = Object.entries(policy.parameters).filter(([name, value]) => defaults[name] !== value)
  const broken = faults.length > 0 ? ['with', ...faults] : []
  return [policy.name, ...changed.map(([name, value]) => `${name}=${value}`), ...broken].join(' ')
}

/** Groups records by trace (hash) and policy (name, parameters and faults). */
export function pairRecords(records: readonly RunRecord[], labelOf: (run: RunHeader) => string): Pairing[] {
  const pairings = new Map<string, Pairing>()
  for (const record of records) {
    const policy = labelOf(record.run)
    const key = `${record.run.traceHash} ${policy}`
    const pairing = pairings.get(key) ?? { trace: record.run.trace.name, policy, simulated: [], live: [] }
    pairings.set(key, pairing)
    pairing[record.run.mode === 'sim' ? 'simulated' : 'live'].push(record)
  }
  return [...pairings.values()]
}

export function compare(pairings: readonly Pairing[], sla: Sla): Comparison {
  const complete = pairings.filter(({ simulated, live }) => simulated.length > 0 && live.length > 0)
  const measuredPairs = complete.map((pairing) => ({
    pairing,
    simulated: pairing.simulated.map((record) => metricsOf(record, sla)),
    live: pairing.live.map((record) => metricsOf(record, sla)),
  }))
  const cells = measuredPairs.flatMap(({ pairing, simulated, live }) =>
    METRICS.flatMap((metric) => cellOf(pairing, metric, simulated, live) ?? []),
  )
  return {
    sla: sla.text,
    cells,
    coverage: coverageOf(cells),
    rankCorrelation: rankAgreement(cells),
    fidelityRatio: Object.fromEntries(
      METRICS.map((metric) => [
        metric,
        medianRatio(measuredPairs.map((pair) => fidelity(metric, pair.simulated, pair.live))),
      ]),
    ),
    telling: tellingApart(cells),
    pairs: complete.map(summaryOf),
    sameArrivals: sameArrivals(complete, sla),
    remarks: pairings.flatMap(remarksOn),
  }
}

function summaryOf({ trace, policy, simulated, live }: Pairing): PairSummary {
  const meanOf = (of: (record: RunRecord) => number | null) => {
    const known = live.map(of).filter((value) => value !== null)
    return known.length === 0 ? null : mean(known)
  }
  const lateness = live.flatMap(({ run }) => run.lateness?.p99 ?? [])
  return {
    trace,
    policy,
    live: live.length,
    invalid: live.filter((record) => doubtsOf(record).length > 0).length,
    utilisation: meanOf(utilisationOf),
    queuedShare: meanOf(queuedShareOf),
    latenessP99Ms: lateness.length === 0 ? null : Math.max(...lateness),
    trajectory: trajectoryFit(simulated, live),
    sameWork: live.flatMap((record) => simulated.flatMap((own) => pairedRuns(own, record) ?? [])),
  }
}

function valuesOf(metric: MetricName, runs: readonly Metrics[]): number[] {
  return runs.map((metrics) => metrics[metric]).filter((value) => value !== null)
}

function cellOf(
  { trace, policy }: Pairing,
  metric: MetricName,
  simulated: Metrics[],
  live: Metrics[],
): Cell | null {
  const predicted = predictionInterval(valuesOf(metric, simulated))
  const values = valuesOf(metric, live)
  if (!predicted || values.length === 0) return null
  const measured = { mean: mean(values), values }
  const inside = values.every((value) => isInside(value, predicted))
  return { trace, policy, metric, predicted, measured, error: predicted.mean - measured.mean, inside }
}

function isInside(value: number, { lo, hi }: PredictionInterval): boolean {
  return value >= lo - 1e-9 && value <= hi + 1e-9
}

function coverageOf(cells: readonly Cell[]): number | null {
  const verdicts = cells.flatMap((cell) =>
    cell.measured.values.map((value) => isInside(value, cell.predicted)),
  )
  return verdicts.length === 0 ? null : verdicts.filter(Boolean).length / verdicts.length
}

function rankAgreement(cells: readonly Cell[]): number | null {
  const shares = cells.filter((cell) => cell.metric === 'violationShare')
  const taus = [...new Set(shares.map((cell) => cell.trace))].flatMap((trace) => {
    const row = shares.filter((cell) => cell.trace === trace)
    const predicted = row.map((cell) => cell.predicted.mean)
    const measured = row.map((cell) => cell.measured.mean)
    return kendallTau(predicted, measured) ?? []
  })
  return taus.length === 0 ? null : mean(taus)
}

function tellingApart(cells: readonly Cell[]): Comparison['telling'] {
  const shares = cells.filter((cell) => cell.metric === 'violationShare')
  return shares.flatMap((a, i) =>
    shares.slice(i + 1).flatMap((b) => {
      const repeats = a.trace === b.trace ? repeatsToTell(a.measured.values, b.measured.values) : null
      return repeats === null ? [] : [{ trace: a.trace, policies: [a.policy, b.policy], repeats }]
    }),
  )
}

function fidelity(metric: MetricName, simulated: Metrics[], live: Metrics[]): number | null {
  const s = valuesOf(metric, simulated)
  const l = valuesOf(metric, live)
  const among = meanDistance(l.flatMap((a, i) => l.slice(i + 1).map((b) => [a, b] as const)))
  const between = meanDistance(s.flatMap((a) => l.map((b) => [a, b] as const)))
  return among && between !== null ? between / among : null
}

function meanDistance(pairs: readonly (readonly [number, number])[]): number | null {
  return pairs.length === 0 ? null : mean(pairs.map(([a, b]) => Math.abs(a - b)))
}

function medianRatio(ratios: readonly (number | null)[]): number | null {
  const known = ratios.filter((ratio) => ratio !== null)
  return known.length === 0 ? null : median(known)
}

function remarksOn({ trace, policy, simulated, live }: Pairing): string[] {
  const where = `${trace}, ${policy}`
  const apps = new Set(live.map(({ run: { app } }) => JSON.stringify(app)))
  const models = new Set(simulated.map((record) => record.run.model?.hash))
  return [
    ...(simulated.length === 0 ? [`${where}: no simulated run, left out`] : []),
    ...(live.length === 0 ? [`${where}: no live run, left out`] : []),
    ...(simulated.length > 0 && simulated.length < FEWEST_FOR_INTERVAL
      ? [
          `${where}: ${simulated.length} simulated runs; a 90 % interval needs ${FEWEST_FOR_INTERVAL}, theirs covers less`,
        ]
      : []),
    ...(apps.size > 1
      ? [`${where}: the live runs are of ${apps.size} different settings of the application`]
      : []),
    ...(models.size > 1 ? [`${where}: the simulated runs are of ${models.size} different models`] : []),
    ...doubtful(live, `${where}: a live run`),
    ...doubtful(simulated, `${where}: a simulated run`),
  ]
}

/** Runs that cannot be believed are in the figures: to leave them out would be to choose. A line for each reason, with how many. */
function doubtful(records: readonly RunRecord[], what: string): string[] {
  const byReason = Map.groupBy(records, (record) => doubtsOf(record).join('; '))
  byReason.delete('')
  return [...byReason].map(([why, { length }]) => {
    const times = length === 1 ? '' : `, and ${length - 1} more,`
    return `${what}${times} is not valid (${why}); it is in the figures all the same`
  })
}
