import type { RunCounts, RunHeader, Verdict } from '../record/schema.ts'
import { brokenCounts } from './counts.ts'
import { type CpuAt, lateTicks, saturation, type TickTimes } from './saturation.ts'

/** A run whose generator was later than this (p99) says more about the generator than about the service. */
export const LATENESS_BOUND_P99_MS = 10

/** What a live run found out about itself. docs/believed.md says what each reason means and what to do. */
export interface RunEvidence {
  lateness: RunHeader['lateness']
  counts: RunCounts | null
  /** With the machine's cores, and whether the generator takes one on purpose (--spin). */
  cpu: { readings: readonly CpuAt[]; cores: number; spins: boolean }
  ticks: { times: readonly TickTimes[]; intervalMs: number }
  /** Where a person decided in place of the policy: "steered by hand at 30s". */
  steering: readonly string[]
  /** What went wrong in the background. */
  problems: readonly string[]
}

/** Whether a live run may be believed, and if not, every reason why. */
export function verdictOf(evidence: RunEvidence): Verdict {
  const { lateness, counts, cpu, ticks, steering, problems } = evidence
  const reasons = [
    ...steering,
    ...lateGenerator(lateness),
    ...lateTicks(ticks.times, ticks.intervalMs),
    ...saturation(cpu.readings, cpu),
    ...(counts ? brokenCounts(counts) : []),
    ...problems,
  ]
  return { valid: reasons.length === 0, reasons }
}

/** A line where it was later than its bound. */
export function lateGenerator(lateness: { p99: number } | null): string[] {
  if (lateness === null || lateness.p99 <= LATENESS_BOUND_P99_MS) return []
  return [`the load generator was late: p99 ${lateness.p99.toFixed(1)} ms, bound ${LATENESS_BOUND_P99_MS} ms`]
}
