import { type Comparison, compare, type Pairing, pairRecords } from '../../analysis/compare.ts'
import type { Sla } from '../../analysis/sla.ts'
import type { RunHeader, RunRecord } from '../../record/schema.ts'
import { changedPredictions, shortLabel } from '../simCompare.ts'

/** A policy with what tells its runs apart, the stand-by included: `pid kp=0.5 + 2 paused`. */
export function setUpLabel(run: Pick<RunHeader, 'policy' | 'control'>): string {
  const { standby } = run.control
  return `${shortLabel(run)}${standby ? ` + ${standby.size} ${standby.method}` : ''}`
}

/** Runs by trace and set-up, and both sides compared. */
export async function comparedSetUps(
  records: readonly RunRecord[],
  sla: Sla,
): Promise<{ runs: Pairing[]; comparison: Comparison }> {
  const runs = pairRecords(records, setUpLabel)
  const comparison = compare(runs, sla)
  const changed = await changedPredictions(records)
  return { runs, comparison: { ...comparison, remarks: [...comparison.remarks, ...changed] } }
}
