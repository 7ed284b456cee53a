import { decisionFor, hold } from './decision.ts'
import type { Decision, Observation, PolicyContext } from './policy.ts'

/**
 * What AWS' scaling policies have in common: data points, an alarm on each side, and capacity that warms up.
 *
 * A data point is the mean of the metric over a period of the clock; one without any value is missing, and neither
 * raises an alarm nor clears it. An alarm is raised by so many data points in a row, and acts again at each further one.
 *
 *     out   computed from n less what warms up; applied only as far as it exceeds what was already asked for
 *     in    computed from n plus what is draining; not at all while anything warms up
 *
 * so that alarms that go on while capacity comes or goes do not add to each other. Replicas warm up for `warmupMs` from
 * being asked for, and in any case until they are ready. AWS also leaves them out of the metric until
 * then; an observation has the mean over all ready replicas alone, so here they are in it once they are ready.
 *
 * Source: Amazon EC2 Auto Scaling user guide, "Step and simple scaling policies" and "Target tracking scaling policies".
 */
export interface AlarmState {
  /** Of the data point that is being collected: how many ended before it, and its values so far. */
  periods: number
  sum: number
  count: number
  /** Data points in a row beyond each threshold. */
  high: number
  low: number
  /** What was asked for and when it counts. */
  warming: readonly { untilMs: number; replicas: number }[]
}

export const CALM: AlarmState = { periods: 0, sum: 0, count: 0, high: 0, low: 0, warming: [] }

export interface ScalingAlarms {
  periodMs: number
  warmupMs: number
  high: Alarm
  low: Alarm
}

export interface Alarm {
  breached(value: number): boolean
  /** Data points in a row until it is raised. */
  dataPoints: number
  /** What the policy of this side makes of that capacity at that value of the metric. */
  capacity(current: number, value: number): number
}

/** One tick of a policy made of two alarms; `value` is the metric at the tick, null where it is unknown. */
export function followAlarms(
  alarms: ScalingAlarms,
  context: PolicyContext,
  observation: Observation,
  state: AlarmState,
  value: number | null,
): { decision: Decision; state: AlarmState } {
  const { nowMs, target } = observation
  const { datum, state: collected } = collect(alarms, nowMs, state, value)
  if (datum === undefined) return { decision: hold('within a data point'), state: collected }
  if (datum === null) return { decision: hold('data point missing'), state: collected }
  const counted = count(alarms, nowMs, collected, datum)
  const wish = wished(alarms, observation, counted, datum)
  const decision = decisionFor(context, observation, wish)
  if (decision.kind === 'hold' || decision.replicas < target) return { decision, state: counted }
  const launched = { untilMs: nowMs + alarms.warmupMs, replicas: decision.replicas - target }
  return { decision, state: { ...counted, warming: [...counted.warming, launched] } }
}

/** `datum` is undefined until the period is over, null where it had no value. */
function collect(
  { periodMs }: ScalingAlarms,
  nowMs: number,
  state: AlarmState,
  value: number | null,
): { datum: number | null | undefined; state: AlarmState } {
  const sum = state.sum + (value ?? 0)
  const count = state.count + (value === null ? 0 : 1)
  const periods = Math.floor(nowMs / periodMs)
  if (periods <= state.periods) return { datum: undefined, state: { ...state, sum, count } }
  return { datum: count > 0 ? sum / count : null, state: { ...state, periods, sum: 0, count: 0 } }
}

function count({ high, low }: ScalingAlarms, nowMs: number, state: AlarmState, datum: number): AlarmState {
  return {
    ...state,
    high: high.breached(datum) ? state.high + 1 : 0,
    low: low.breached(datum) ? state.low + 1 : 0,
    warming: state.warming.filter(({ untilMs }) => untilMs > nowMs),
  }
}

function wished(
  { high, low }: ScalingAlarms,
  { target, replicas }: Observation,
  state: AlarmState,
  datum: number,
): { replicas: number; reason: string } {
  const said = `data point ${datum.toFixed(3)}`
  const asked = state.warming.reduce((total, launch) => total + launch.replicas, 0)
  const warming = Math.min(target, Math.max(asked, replicas.starting))
  if (state.high >= high.dataPoints) {
    const wish = Math.max(target, high.capacity(target - warming, datum))
    return { replicas: wish, reason: `${said}, high alarm` }
  }
  if (state.low < low.dataPoints) return { replicas: target, reason: `${said}, no alarm` }
  if (warming > 0) return { replicas: target, reason: `${said}, low alarm waits for a warm-up` }
  const wish = Math.min(target, low.capacity(target + replicas.draining, datum))
  return { replicas: wish, reason: `${said}, low alarm` }
}
