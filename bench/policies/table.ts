import { mean } from 'simple-statistics'
import { type Elasticity, elasticityOf } from '../../analysis/elasticity.ts'
import { meanInterval } from '../../analysis/interval.ts'
import type { StepSeries } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import { type Goal, scoreOf } from '../../sim/tune/objective.ts'
import type { Entry, Run } from './measure.ts'

/** A number with half of its 95 % interval. */
interface Figure {
  mean: number
  halfWidth: number
}

export interface Row {
  policy: string
  kind: Entry['kind']
  keepsPromise: boolean
  violationShare: Figure
  replicaSeconds: Figure
  starts: number
  reversals: number
  elasticity: Elasticity
  /** Mean of a run. */
  lateRequests: number
}

/** `bound`: the clairvoyant plan; null where none of the plans keeps the promise. */
export interface TraceTable {
  trace: string
  bound: Row | null
  rows: Row[]
}

/** What a late request costs in the regret, in replica-seconds. */
const LATE_COST = 1

export function rowOf(
  { policy, kind }: Entry,
  runs: readonly Run[],
  { demand, goal, durationMs }: { demand: StepSeries; goal: Goal; durationMs: number },
): Row {
  const all = runs.map(({ metrics }) => metrics)
  const figure = (values: number[]): Figure => meanInterval(values)!
  const elastic = runs.map(({ supply }) => elasticityOf(demand, supply, { durationMs, stepMs: 1000 }))
  const elasticity = Object.fromEntries(
    Object.keys(elastic[0]!).map((name) => [name, mean(elastic.map((one) => one[name as keyof Elasticity]))]),
  ) as unknown as Elasticity
  return {
    policy: policy.name,
    kind,
    keepsPromise: scoreOf([all], [1], goal).excess === 0,
    violationShare: figure(all.map((run) => run.violationShare ?? 0)),
    replicaSeconds: figure(all.map((run) => run.replicaSeconds!)),
    starts: mean(all.map((run) => run.starts!)),
    reversals: mean(all.map((run) => run.reversals!)),
    elasticity,
    lateRequests: mean(all.map((run) => (run.violationShare ?? 0) * run.requests!)),
  }
}

const costOf = (row: Row) => row.replicaSeconds.mean + LATE_COST * row.lateRequests

const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)}`

/** The page as Markdown; each sentence with a number in it is computed from the rows. */
export function page(
  tables: readonly TraceTable[],
  { sla, goal, candidates, runs }: { sla: Sla; goal: Goal; candidates: string; runs: string },
): string {
  return [
    '# The policies, measured',
    '',
    'This page is written by `npm run bench:policies -- --out docs/policies.md`.',
    '',
    `SLA \`${sla.text}\`. The promise: at most ${percent(goal.allowed, 0)} % of a run's requests violate it, with ${percent(goal.probability, 0)} %`,
    `(the empirical quantile over the runs). Shipped model, default settings of \`sim run\`; ${runs} fresh seeds a cell, the same for`,
    `all; +- is half a 95 % interval of the mean. *tuned*: ${candidates} candidates of CMA-ES on other seeds of the same trace. *oracle*: the`,
    'cheapest clairvoyant plan that keeps the promise; it is told the arrival rate, not the arrivals, and comes from a finite set of plans,',
    'so it is a good plan and no proof that there is no cheaper one.',
    '',
    `regret: (replica-seconds + ${LATE_COST} x late requests) less the same of the oracle. thetaU, thetaO, tauU, tauO: the SPEC elasticity`,
    'metrics against the demand of a steady load (`analysis/elasticity.ts`, `sim/demand.ts`), in per cent.',
    '',
    ...summary(tables),
    ...tables.flatMap(section),
  ].join('\n')
}

function section({ trace, bound, rows }: TraceTable): string[] {
  const all = bound ? [bound, ...rows] : rows
  return [
    `## ${trace}`,
    '',
    ...(bound ? [] : ['No clairvoyant plan keeps the promise here: no regret is given.', '']),
    '| policy | | late, % | promise | replica-s | of oracle | starts | reversals | regret | thetaU | thetaO | tauU | tauO |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...all.map((row) => lineOf(row, bound)),
    '',
  ]
}

function lineOf(row: Row, bound: Row | null): string {
  const { violationShare, replicaSeconds, elasticity } = row
  const cells = [
    row.policy,
    row.policy === 'oracle' ? '' : row.kind,
    `${percent(violationShare.mean)} +- ${percent(violationShare.halfWidth)}`,
    row.keepsPromise ? 'kept' : 'broken',
    `${replicaSeconds.mean.toFixed(0)} +- ${replicaSeconds.halfWidth.toFixed(0)}`,
    bound ? (replicaSeconds.mean / bound.replicaSeconds.mean).toFixed(2) : '',
    row.starts.toFixed(1),
    row.reversals.toFixed(1),
    bound ? (costOf(row) - costOf(bound)).toFixed(0) : '',
    percent(elasticity.thetaU),
    percent(elasticity.thetaO),
    percent(elasticity.tauU),
    percent(elasticity.tauO),
  ]
  return `| ${cells.join(' | ')} |`
}

/** The cheapest policy that keeps the promise on each trace, against the oracle, and pid tuned against hpa's defaults. */
function summary(tables: readonly TraceTable[]): string[] {
  return [
    '## In short',
    '',
    '| trace | cheapest that keeps the promise | of oracle | pid tuned: late, replica-s | hpa default: late, replica-s |',
    '| --- | --- | --- | --- | --- |',
    ...tables.map(({ trace, bound, rows }) => {
      const kept = rows.filter((row) => row.keepsPromise)
      const cheapest = kept.sort((a, b) => a.replicaSeconds.mean - b.replicaSeconds.mean)[0]
      const of = (name: string, kind: Row['kind']) => {
        const row = rows.find((one) => one.policy === name && one.kind === kind)!
        return `${percent(row.violationShare.mean)} %, ${row.replicaSeconds.mean.toFixed(0)}`
      }
      const best = cheapest ? `${cheapest.policy} (${cheapest.kind})` : 'none'
      const ratio =
        cheapest && bound ? (cheapest.replicaSeconds.mean / bound.replicaSeconds.mean).toFixed(2) : ''
      return `| ${trace} | ${best} | ${ratio} | ${of('pid', 'tuned')} | ${of('hpa', 'default')} |`
    }),
    '',
  ]
}
