import type { RequestTable } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'
import type { Sla } from './sla.ts'

/** Whether one request breaks the SLA's limit: too slow, or not answered well. */
export function violates(table: RequestTable, index: number, sla: Sla): boolean {
  return breaksLimit(table.outcome[index] === 'ok', responseMs(table, index), sla.limitMs)
}

/** The limit itself is too slow: an SLA says less than. A response time of NaN breaks it. */
export function breaksLimit(ok: boolean, tookMs: number, limitMs: number): boolean {
  return !ok || !(tookMs < limitMs)
}

/** Violating requests over all requests, 0 to 1; null where there was no request. */
export function violationShare(table: RequestTable, sla: Sla): number | null {
  const n = table.intendedMs.length
  if (n === 0) return null
  let violating = 0
  for (let i = 0; i < n; i++) if (violates(table, i, sla)) violating++
  return violating / n
}

/** One SLA window, by intended time. `violated` is null where no request was intended in it. */
export interface SlaWindow {
  fromMs: number
  toMs: number
  requests: number
  violating: number
  violated: boolean | null
}

/**
 * The windows [k w, (k+1) w) that cover the run. One is violated where fewer than the SLA's share of its
 * requests were fast and well answered, which is the same as its quantile being at or above the limit.
 */
export function slaWindows(table: RequestTable, sla: Sla, durationMs: number): SlaWindow[] {
  const count = windowsIn(durationMs, sla)
  const windows = Array.from({ length: count }, (_, k) => ({
    fromMs: k * sla.windowMs,
    toMs: Math.min(durationMs, (k + 1) * sla.windowMs),
    requests: 0,
    violating: 0,
  }))
  for (let i = 0; i < table.intendedMs.length; i++) {
    const window = windows[windowOf(table.intendedMs[i]!, sla.windowMs, count)]!
    window.requests++
    if (violates(table, i, sla)) window.violating++
  }
  return windows.map((window) => ({ ...window, violated: isViolated(window, sla) }))
}

/** How many windows cover a run: the last one may be shorter. */
export function windowsIn(durationMs: number, sla: Sla): number {
  return Math.max(1, Math.ceil(durationMs / sla.windowMs))
}

/** The window of an intended time; what comes at or after the run's end belongs to the last of the `count`. */
export function windowOf(intendedMs: number, windowMs: number, count: number): number {
  return Math.min(count - 1, Math.floor(intendedMs / windowMs))
}

export function isViolated(
  { requests, violating }: { requests: number; violating: number },
  sla: Sla,
): boolean | null {
  return requests === 0 ? null : violating / requests > 1 - sla.quantile + 1e-12
}

/** Violated windows over the windows that had a request, 0 to 1; null where none had. */
export function windowViolationShare(table: RequestTable, sla: Sla, durationMs: number): number | null {
  const judged = slaWindows(table, sla, durationMs).filter((window) => window.violated !== null)
  return judged.length === 0 ? null : judged.filter((window) => window.violated).length / judged.length
}
