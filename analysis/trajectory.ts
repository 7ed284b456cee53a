import { mean } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { predictionInterval } from './interval.ts'
import { replicasOverTime, valueAt } from './replicas.ts'

/** How the ready replicas of live runs went, against those of simulated runs of the same trace. */
export interface TrajectoryFit {
  /** Share of the live runs' time within the interval into which a further simulated run falls with 90 %, at each second. */
  insideShare: number
  /** Mean distance from the simulated runs' mean, replicas. */
  distance: number
}

const STEP_MS = 1000

/** Looks at each second of the trace. Null where either side has no run. */
export function trajectoryFit(
  simulated: readonly RunRecord[],
  live: readonly RunRecord[],
): TrajectoryFit | null {
  const [first] = live
  if (!first || simulated.length === 0) return null
  const times = Array.from(
    { length: Math.floor(first.run.trace.durationMs / STEP_MS) },
    (_, k) => (k + 0.5) * STEP_MS,
  )
  if (times.length === 0) return null
  const sampled = (record: RunRecord) => {
    const ready = replicasOverTime(record.replicas, ['ready'])
    return times.map((time) => valueAt(ready, time))
  }
  const predicted = simulated.map(sampled)
  const bands = times.map((_, k) => predictionInterval(predicted.map((run) => run[k]!))!)
  const seen = live.map(sampled).flatMap((run) => run.map((value, k) => ({ value, band: bands[k]! })))
  return {
    insideShare: seen.filter(({ value, band }) => value >= band.lo && value <= band.hi).length / seen.length,
    distance: mean(seen.map(({ value, band }) => Math.abs(value - band.mean))),
  }
}
