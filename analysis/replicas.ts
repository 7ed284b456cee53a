import type { ReplicaEvent, ReplicaState, RunRecord } from '../record/schema.ts'

/** Which states cost: a container exists. */
const COSTS: Record<ReplicaState, boolean> = {
  starting: true,
  ready: true,
  draining: true,
  stopped: false,
  failed: false,
}

/** A count that changes in steps: `values[i]` holds from `atMs[i]` to `atMs[i + 1]`. */
export interface StepSeries {
  atMs: number[]
  values: number[]
}

/** How many replicas were in one of `states`, over time, from 0 on. */
export function replicasOverTime(
  events: readonly ReplicaEvent[],
  states: readonly ReplicaState[],
): StepSeries {
  const current = new Map<string, ReplicaState>()
  const series: StepSeries = { atMs: [0], values: [0] }
  for (const { atMs, replica, state } of events) {
    current.set(replica, state)
    const count = [...current.values()].filter((held) => states.includes(held)).length
    if (series.atMs.at(-1) === atMs) series.values[series.values.length - 1] = count
    else if (series.values.at(-1) !== count) {
      series.atMs.push(atMs)
      series.values.push(count)
    }
  }
  return series
}

/** Integral of a step series over [0, untilMs], in value x seconds. */
export function integralS({ atMs, values }: StepSeries, untilMs: number): number {
  let sum = 0
  for (let i = 0; i < atMs.length; i++) {
    const end = Math.min(untilMs, atMs[i + 1] ?? untilMs)
    sum += values[i]! * Math.max(0, end - atMs[i]!)
  }
  return sum / 1000
}

/** The value of a step series at a time. */
export function valueAt({ atMs, values }: StepSeries, timeMs: number): number {
  let value = values[0]!
  for (let i = 0; i < atMs.length && atMs[i]! <= timeMs; i++) value = values[i]!
  return value
}

/** The replicas that cost (starting, ready or draining), over time. */
export function costingReplicas(events: readonly ReplicaEvent[]): StepSeries {
  return replicasOverTime(
    events,
    (Object.keys(COSTS) as ReplicaState[]).filter((state) => COSTS[state]),
  )
}

/** Starts and stops after time 0 and within the trace, and how often the target changed its direction. */
export function scalingMoves({ run, replicas, ticks }: RunRecord): {
  starts: number
  stops: number
  reversals: number
} {
  const within = replicas.filter((event) => event.atMs > 0 && event.atMs <= run.trace.durationMs)
  const directions = ticks
    .map((row) => Math.sign(row.target - row.observation.target))
    .filter((sign) => sign !== 0)
  return {
    starts: within.filter((event) => event.state === 'starting').length,
    stops: within.filter((event) => event.state === 'draining').length,
    reversals: directions.filter((sign, i) => i > 0 && sign !== directions[i - 1]).length,
  }
}
