import { mean, quantileSorted } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'
import { ANSWERED, COUNTED_AS } from './outcomes.ts'
import { costingReplicas, highest, integralS, scalingMoves } from './replicas.ts'
import type { Sla } from './sla.ts'
import { violationShare, windowViolationShare } from './violations.ts'

/** The numbers by which runs are compared, in the order in which tables show them. */
export const METRICS = [
  'requests',
  'completed',
  'failed',
  'rejected',
  'violationShare',
  'windowViolationShare',
  'responseMsMean',
  'responseMsP50',
  'responseMsP95',
  'responseMsP99',
  'waitMsMean',
  'replicaSeconds',
  'replicasMean',
  'replicasMax',
  'starts',
  'stops',
  'reversals',
] as const
export type MetricName = (typeof METRICS)[number]

/** `null`: the run does not determine it (no request was answered). */
export type Metrics = Record<MetricName, number | null>

/**
 * The metrics of one run, exact, from its whole record; RunningMetrics has them in constant memory. Response times are those of the answered requests (ok and rejected), from the
 * intended send time, percentiles of type 7; `failed` counts failed, timed-out and unanswered requests.
 * Replica figures cover the trace's duration; replicas cost from being asked for until they are gone.
 */
export function metricsOf(record: RunRecord, sla: Sla): Metrics {
  const { requests, run } = record
  const { durationMs } = run.trace
  const answered = answeredResponseMs(record)
  const quantile = (p: number) => (answered.length === 0 ? null : quantileSorted(answered, p))
  const count = (as: 'completed' | 'rejected' | 'failed') =>
    requests.outcome.filter((outcome) => COUNTED_AS[outcome] === as).length
  const waits = Array.from(requests.queueWaitMs).filter((wait) => !Number.isNaN(wait))
  const replicas = costingReplicas(record.replicas)
  const replicaSeconds = integralS(replicas, durationMs)
  return {
    requests: requests.intendedMs.length,
    completed: count('completed'),
    failed: count('failed'),
    rejected: count('rejected'),
    violationShare: violationShare(requests, sla),
    windowViolationShare: windowViolationShare(requests, sla, durationMs),
    responseMsMean: answered.length === 0 ? null : mean(answered),
    responseMsP50: quantile(0.5),
    responseMsP95: quantile(0.95),
    responseMsP99: quantile(0.99),
    waitMsMean: waits.length === 0 ? null : mean(waits),
    replicaSeconds,
    replicasMean: replicaSeconds / (durationMs / 1000),
    replicasMax: highest(replicas, durationMs),
    ...scalingMoves(record),
  }
}

/** Ascending response times of the requests that got an answer, ms. */
function answeredResponseMs({ requests }: RunRecord): number[] {
  const times: number[] = []
  requests.outcome.forEach((outcome, i) => {
    if (ANSWERED[outcome]) times.push(responseMs(requests, i))
  })
  return times.sort((a, b) => a - b)
}
