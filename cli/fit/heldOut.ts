import { type Cell, type Comparison, compare, pairRecords } from '../../analysis/compare.ts'
import type { MetricName } from '../../analysis/metrics.ts'
import type { Sla } from '../../analysis/sla.ts'
import { UserError } from '../../base/errors.ts'
import { DEFAULT_HEALTH } from '../../control/service.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Model } from '../../sim/model.ts'
import { checkStandby } from '../../sim/plant.ts'
import { simulate } from '../../sim/run.ts'
import type { Trace } from '../../traces/trace.ts'
import { policyOfRecord } from '../loadPolicy.ts'
import { formatMetric, labelOf, table } from '../output.ts'
import { shortLabel } from '../simCompare.ts'
import { withRateLimit } from '../simOptions.ts'

/** Enough for a 90 % prediction interval (analysis/interval.ts). */
const REPLICATIONS = 20

const SHOWN: readonly MetricName[] = ['completed', 'responseMsP50', 'responseMsP95', 'violationShare']

/**
 * Predicts runs that the fit did not see and sets what was measured beside it: the same trace, policy, control and
 * service as each record has, with the fitted model and its record's own rate limit, over 20 seeds from the record's on. Health
 * checks are on where the record does not say, since the real proxy makes them.
 * @throws UserError where a record is a simulation or has no request.
 */
export async function predictHeldOut(
  records: readonly RunRecord[],
  ids: readonly string[],
  { model, sla }: { model: Model; sla: Sla },
): Promise<Comparison> {
  const runs: RunRecord[] = []
  const seen = new Set<string>()
  for (const [i, record] of records.entries()) {
    check(record, ids[i]!)
    runs.push(record)
    const cell = `${record.run.traceHash} ${shortLabel(record.run)}`
    if (seen.has(cell)) continue
    seen.add(cell)
    runs.push(...(await predictionsOf(record, model)))
  }
  return compare(pairRecords(runs, shortLabel), sla)
}

function check({ run, requests }: RunRecord, id: string): void {
  if (run.mode === 'sim')
    throw new UserError(`--held-out ${id} is a simulated run: what is predicted must be a live one`)
  if (requests.intendedMs.length === 0)
    throw new UserError(`--held-out ${id} has no request: there is nothing to predict`)
}

async function predictionsOf({ run }: RunRecord, fitted: Model): Promise<RunRecord[]> {
  const model = withRateLimit(fitted, run.app?.rateLimit)
  checkStandby(run.control, model)
  const policy = await policyOfRecord(run.policy.name)
  return Array.from({ length: REPLICATIONS }, (_, i) =>
    simulate({
      trace: run.trace as Trace,
      model,
      policy,
      parameters: run.policy.parameters,
      control: run.control,
      service: { ...run.service, health: run.service.health ?? DEFAULT_HEALTH },
      seed: run.seed + i,
    }),
  )
}

/** Predicted against measured, a row a metric. @param durationMs of each trace, by its name. */
export async function heldOutText(
  { cells, sla }: Comparison,
  durationMs: ReadonlyMap<string, number>,
): Promise<string> {
  const shown = cells.filter(({ metric }) => SHOWN.includes(metric))
  const rows = shown.map((cell, i) => {
    const before = shown[i - 1]
    const first = before?.trace !== cell.trace || before.policy !== cell.policy
    return [
      first ? cell.trace : '',
      first ? cell.policy : '',
      ...texts(cell, durationMs.get(cell.trace)! / 1000),
    ]
  })
  const inside = shown.filter((cell) => cell.inside).length
  return [
    `runs that the fit did not see, predicted against measured, SLA ${sla}`,
    '',
    await table(['trace', 'policy', '', 'predicted', '90 % interval', 'measured', 'inside'], rows, 3),
    '',
    `${inside} of ${shown.length} inside the prediction interval`,
  ].join('\n')
}

function texts({ metric, predicted, measured, inside }: Cell, seconds: number): string[] {
  const isThroughput = metric === 'completed'
  const format = (value: number) =>
    isThroughput ? `${(value / seconds).toFixed(2)}/s` : formatMetric(metric, value)
  return [
    isThroughput ? 'throughput' : labelOf(metric),
    format(predicted.mean),
    `${format(predicted.lo)} to ${format(predicted.hi)}`,
    measured.values.map(format).join(', '),
    inside ? 'yes' : 'no',
  ]
}
