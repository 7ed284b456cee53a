import type { ReplicaEvent, ReplicaState, RunRecord, TickRow } from '../record/schema.ts'

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

/**
 * Counts the replicas that are in one of `states`, event after event: call it with each, it returns the count
 * after it. Remembers only the replicas that it counts.
 */
export function replicaCounter(states: readonly ReplicaState[]): (event: ReplicaEvent) => number {
  const counted = new Set<string>()
  return ({ replica, state }) => {
    if (states.includes(state)) counted.add(replica)
    else counted.delete(replica)
    return counted.size
  }
}

/** How many replicas were in one of `states`, over time, from 0 on. */
export function replicasOverTime(
  events: readonly ReplicaEvent[],
  states: readonly ReplicaState[],
): StepSeries {
  const countAfter = replicaCounter(states)
  const series: StepSeries = { atMs: [0], values: [0] }
  for (const event of events) {
    const count = countAfter(event)
    if (series.atMs.at(-1) === event.atMs) series.values[series.values.length - 1] = count
    else if (series.values.at(-1) !== count) {
      series.atMs.push(event.atMs)
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
    sum += values[i]! * Math.max(0, end - Math.max(0, atMs[i]!))
  }
  return sum / 1000
}

/** The value of a step series at a time. */
export function valueAt({ atMs, values }: StepSeries, timeMs: number): number {
  let value = values[0]!
  for (let i = 0; i < atMs.length && atMs[i]! <= timeMs; i++) value = values[i]!
  return value
}

/** The highest value that a step series has within [0, untilMs]. */
export function highest({ atMs, values }: StepSeries, untilMs: number): number {
  let most = values[0]!
  for (let i = 0; i < atMs.length && atMs[i]! <= untilMs; i++) most = Math.max(most, values[i]!)
  return most
}

/** The states that cost, from being asked for until it is gone. */
export const COSTING_STATES = (Object.keys(COSTS) as ReplicaState[]).filter((state) => COSTS[state])

/** The replicas that cost (starting, ready or draining), over time. */
export function costingReplicas(events: readonly ReplicaEvent[]): StepSeries {
  return replicasOverTime(events, COSTING_STATES)
}

/** Which move of the fleet an event is, where the metrics count it: after time 0 and within the trace. */
export function moveOf({ atMs, state }: ReplicaEvent, durationMs: number): 'starts' | 'stops' | null {
  if (!(atMs > 0 && atMs <= durationMs)) return null
  return state === 'starting' ? 'starts' : state === 'draining' ? 'stops' : null
}

/** Where a tick sent the target: 1 up, -1 down, 0 nowhere. */
export function directionOf({ target, observation }: TickRow): number {
  return Math.sign(target - observation.target)
}

/** Starts and stops after time 0 and within the trace, and how often the target changed its direction. */
export function scalingMoves({ run, replicas, ticks }: RunRecord): {
  starts: number
  stops: number
  reversals: number
} {
  const moves = replicas.map((event) => moveOf(event, run.trace.durationMs))
  const directions = ticks.map(directionOf).filter((sign) => sign !== 0)
  return {
    starts: moves.filter((move) => move === 'starts').length,
    stops: moves.filter((move) => move === 'stops').length,
    reversals: directions.filter((sign, i) => i > 0 && sign !== directions[i - 1]).length,
  }
}
