import type { RunRecord } from '../record/schema.ts'
import { replicasOverTime, valueAt } from './replicas.ts'

/** How many replicas are in each state from a time on. */
export interface StateCounts {
  atMs: number
  starting: number
  ready: number
  draining: number
}

/** One decision of the policy, and what it saw. Null is unknown. */
export interface DecisionPoint {
  atMs: number
  kind: 'scale' | 'hold'
  reason: string
  /** Target before and after it. */
  from: number
  to: number
  arrivalsPerS: number | null
  queued: number | null
}

/** What happened in one run, move by move. */
export interface RunDetail {
  durationMs: number
  intervalMs: number
  states: StateCounts[]
  decisions: DecisionPoint[]
}

const STATES = ['starting', 'ready', 'draining'] as const

/** Counts from 0 to the end of the trace, a row wherever one changes and one at the end. */
export function runDetail({ run, replicas, ticks }: RunRecord): RunDetail {
  const { durationMs } = run.trace
  const series = STATES.map((state) => replicasOverTime(replicas, [state]))
  const times = [...new Set(series.flatMap(({ atMs }) => atMs.filter((at) => at < durationMs)))]
  return {
    durationMs,
    intervalMs: run.control.intervalMs,
    states: [...times.sort((a, b) => a - b), durationMs].map((atMs) => ({
      atMs,
      starting: valueAt(series[0]!, atMs),
      ready: valueAt(series[1]!, atMs),
      draining: valueAt(series[2]!, atMs),
    })),
    decisions: ticks
      .filter(({ observation }) => observation.nowMs < durationMs)
      .map(({ observation, decision, target }) => ({
        atMs: observation.nowMs,
        kind: decision.kind,
        reason: decision.reason,
        from: observation.target,
        to: target,
        arrivalsPerS: observation.arrivalsPerS,
        queued: observation.queued,
      })),
  }
}
