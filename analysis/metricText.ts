import type { Mark } from './marks.ts'
import type { MetricName } from './metrics.ts'

const LABELS: Partial<Record<MetricName, string>> = {
  violationShare: 'SLA violations, requests',
  windowViolationShare: 'SLA violations, windows',
  responseMsMean: 'response time, mean',
  responseMsP50: 'response time, p50',
  responseMsP95: 'response time, p95',
  responseMsP99: 'response time, p99',
  waitMsMean: 'wait in the queue, mean',
  replicaSeconds: 'replica-seconds',
  replicasMean: 'replicas, mean',
  replicasMax: 'replicas, most',
  reversals: 'changes of direction',
}

export const labelOf = (name: MetricName): string => LABELS[name] ?? name

/** A metric's value for a person, with its unit. */
export function formatMetric(name: MetricName, value: number): string {
  if (name.endsWith('Share')) return `${(100 * value).toFixed(1)} %`
  if (name.includes('Ms')) return `${value.toFixed(0)} ms`
  if (name === 'replicaSeconds') return value.toFixed(0)
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** A mark of fidelity for a person: what, bound, what was found, and whether it was met ('' where that is not known). */
export function markTexts({ what, wanted, found, sense, unit, met }: Mark): string[] {
  const text = (value: number) =>
    unit === '1' ? value.toFixed(2) : `${(100 * value).toFixed(1)} ${unit === 'points' ? 'points' : '%'}`
  return [
    what,
    `${sense} ${text(wanted)}`,
    found === null ? 'not determined' : text(found),
    met === null ? '' : met ? 'met' : 'missed',
  ]
}
