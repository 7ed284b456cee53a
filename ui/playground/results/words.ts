import type { MetricName, Metrics } from '../../../analysis/metrics.ts'
import type { Sla } from '../../../analysis/sla.ts'
import { inUnit, numberText, type Unit } from '../../../plots/texts.ts'
import type { Setting } from '../setting.ts'

/** The metrics that the page shows, in their order. */
export const SHOWN = {
  violationShare: { label: 'Requests in violation', unit: '%', less: 'fewer', more: 'more' },
  windowViolationShare: { label: 'Windows in violation', unit: '%', less: 'fewer', more: 'more' },
  responseMsP95: { label: 'Response time, p95', unit: ' ms', less: 'shorter', more: 'longer' },
  replicaSeconds: { label: 'Replica-seconds', unit: '', less: 'less', more: 'more' },
  starts: { label: 'Replicas started', unit: '', less: 'fewer', more: 'more' },
} as const satisfies Partial<Record<MetricName, { label: string; unit: Unit; less: string; more: string }>>
export type ShownName = keyof typeof SHOWN
export const SHOWN_NAMES = Object.keys(SHOWN) as ShownName[]

export interface Names {
  a: string
  b: string
}

/** What the two policies are called: by their side too where both are the same. */
export function namesOf({ a, b }: Setting): Names {
  return a.policy === b?.policy
    ? { a: `${a.policy} (A)`, b: `${a.policy} (B)` }
    : { a: a.policy, b: b?.policy ?? '' }
}

export const valueText = (name: ShownName, value: number | null): string => inUnit(value, SHOWN[name].unit)

/** `247 to 752 ms`: the unit of a time once. */
export function rangeText(name: ShownName, { lo, hi }: { lo: number; hi: number }): string {
  const low = SHOWN[name].unit === ' ms' ? numberText(lo) : valueText(name, lo)
  return `${low} to ${valueText(name, hi)}`
}

/** The promise's own percentile: `p95`. */
export const percentileText = ({ quantile }: Sla): string => `p${Number((100 * quantile).toPrecision(6))}`

/** How much more a has than b: `17.2 points fewer`, `35% more`; empty where one of them is unknown. */
export function differenceText(name: ShownName, a: number | null, b: number | null): string {
  if (a === null || b === null) return ''
  if (a === b) return 'the same'
  const { unit, less, more } = SHOWN[name]
  const way = a < b ? less : more
  const apart = Math.abs(a - b)
  if (unit === '%') return `${Number((100 * apart).toFixed(1))} points ${way}`
  if (unit === '' && name === 'starts') return `${numberText(apart)} ${way}`
  if (b === 0) return `${inUnit(apart, unit)} ${way}`
  return apart / b < 0.005 ? 'about the same' : `${numberText((100 * apart) / b)}% ${way}`
}

/** The result in one or two sentences. */
export function headlineOf(names: Names, a: Metrics, b: Metrics | null): string {
  const share = (metrics: Metrics) => valueText('violationShare', metrics.violationShare)
  const cost = (metrics: Metrics) => valueText('replicaSeconds', metrics.replicaSeconds)
  if (a.requests === 0) return 'No request came.'
  if (b === null)
    return `${names.a} breaks the promise for ${share(a)} of the requests and costs ${cost(a)} replica-seconds.`
  const costs = differenceText('replicaSeconds', a.replicaSeconds, b.replicaSeconds)
  return `${names.a} breaks the promise for ${share(a)} of the requests, ${names.b} for ${share(b)}. ${names.a} costs ${costs}: ${cost(a)} replica-seconds, not ${cost(b)}.`
}
