import { type FaultRow, parseFault } from '../record/faults.ts'
import type { RunRecord } from '../record/schema.ts'
import { COUNTED_AS } from './outcomes.ts'
import { replicasOverTime, type StepSeries, valueAt } from './replicas.ts'
import type { Sla } from './sla.ts'
import { violates } from './violations.ts'

/** So long after a fault is over requests are counted to it. */
export const AFTERMATH_MS = 15_000

/** What a fault did to the service: from its begin to AFTERMATH_MS after its end, or to the end of the trace. */
export interface FaultImpact {
  /** As a person wrote it: `kill:0@30s`. */
  fault: string
  /** The replica that it hit; '' where it hit none. */
  hit: string
  /** Null where nothing was broken. */
  impossible: string | null
  /** Of the requests intended in the span. */
  requests: number
  /** Those that were not answered well: failed, timed out, unanswered. */
  failed: number
  /** Share that violates the SLA's limit, 0 to 1; null without requests. */
  violationShare: number | null
  /** The same from the start of the run to the fault. */
  violationShareBefore: number | null
  /** From the fault until as many replicas are ready again as were before it; 0 where none was lost, null where that does not come. */
  replicasBackMs: number | null
}

/** One for each of the run's faults that came to pass, in the order of their time. Spans of faults that follow each other closely overlap. */
export function faultImpacts(record: RunRecord, sla: Sla): FaultImpact[] {
  const rows = (record.faults ?? []).filter(({ state }) => state !== 'over')
  const ready = replicasOverTime(record.replicas, ['ready'])
  return rows.sort((a, b) => a.atMs - b.atMs).map((row) => impactOf(row, ready, record, sla))
}

function impactOf(row: FaultRow, ready: StepSeries, { run, requests }: RunRecord, sla: Sla): FaultImpact {
  const { atMs, durationMs } = parseFault(row.fault)
  const untilMs = Math.min(run.trace.durationMs, atMs + durationMs + AFTERMATH_MS)
  const span = { requests: 0, failed: 0, violating: 0 }
  const before = { requests: 0, violating: 0 }
  for (let i = 0; i < requests.intendedMs.length; i++) {
    const intendedMs = requests.intendedMs[i]!
    const violating = Number(violates(requests, i, sla))
    if (intendedMs < atMs) {
      before.requests++
      before.violating += violating
    } else if (intendedMs < untilMs) {
      span.requests++
      span.violating += violating
      span.failed += Number(COUNTED_AS[requests.outcome[i]!] === 'failed')
    }
  }
  return {
    fault: row.fault,
    hit: row.state === 'begun' ? (row.note ?? '') : '',
    impossible: row.state === 'impossible' ? (row.note ?? 'it was not possible') : null,
    requests: span.requests,
    failed: span.failed,
    violationShare: span.requests === 0 ? null : span.violating / span.requests,
    violationShareBefore: before.requests === 0 ? null : before.violating / before.requests,
    replicasBackMs: backAfterMs(ready, { atMs, untilMs }),
  }
}

/** The last time within the span at which fewer are ready than were at its begin ends here. */
function backAfterMs(ready: StepSeries, { atMs, untilMs }: { atMs: number; untilMs: number }): number | null {
  const before = valueAt(ready, atMs)
  let backMs = atMs
  for (let i = 0; i < ready.atMs.length; i++) {
    const fromMs = ready.atMs[i]!
    const toMs = ready.atMs[i + 1] ?? Number.POSITIVE_INFINITY
    if (toMs <= atMs || fromMs >= untilMs || ready.values[i]! >= before) continue
    if (toMs >= untilMs) return null
    backMs = toMs
  }
  return backMs - atMs
}
