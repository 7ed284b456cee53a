import type { RunHeader, Verdict } from '../record/schema.ts'

/** A run whose generator was later than this (p99) says more about the generator than about the service. */
export const LATENESS_BOUND_P99_MS = 10

/** What a live run found out about itself. */
export interface RunEvidence {
  lateness: RunHeader['lateness']
  /** Requests that were answered and have no line in the proxy's log; 0 where a fault explains them. */
  withoutLogLine: number
  /** Lines of the proxy's log that could not be read. */
  malformedLines: number
  /** Where a person decided in place of the policy: "steered by hand at 30s". */
  steering: readonly string[]
  /** What went wrong in the background. */
  problems: readonly string[]
}

/** Whether a live run may be believed, and if not, every reason why. */
export function verdictOf(evidence: RunEvidence): Verdict {
  const { lateness, withoutLogLine, malformedLines, steering, problems } = evidence
  const late = lateness?.p99 ?? 0
  const reasons = [
    ...steering,
    ...(late > LATENESS_BOUND_P99_MS
      ? [`the load generator was late: p99 ${late.toFixed(1)} ms, bound ${LATENESS_BOUND_P99_MS} ms`]
      : []),
    ...(withoutLogLine > 0 ? [`${withoutLogLine} requests have no line in the proxy's log`] : []),
    ...(malformedLines > 0 ? [`${malformedLines} lines of the proxy's log could not be read`] : []),
    ...problems,
  ]
  return { valid: reasons.length === 0, reasons }
}
