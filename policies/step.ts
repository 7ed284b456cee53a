import { type AlarmState, CALM, followAlarms } from './aws.ts'
import type { Parameters, Policy } from './policy.ts'
import { duration, integer, share } from './specs.ts'

/** Bounds are relative to the alarm's threshold; null is without end. */
export interface StepAdjustment {
  lower: number | null
  upper: number | null
  by: number
}

/** What `by` means: per cent of the capacity, replicas more or less, or the capacity itself. */
const ADJUSTMENTS = ['percent', 'change', 'exact'] as const
export type AdjustmentType = (typeof ADJUSTMENTS)[number]

/**
 * The step whose interval holds the breach (metric less threshold). Above the threshold intervals are [lower, upper),
 * below it (lower, upper].
 */
export function stepFor(
  steps: readonly StepAdjustment[],
  breach: number,
  side: 'above' | 'below',
): StepAdjustment | null {
  const holds = ({ lower, upper }: StepAdjustment) => {
    const from = lower ?? Number.NEGATIVE_INFINITY
    const to = upper ?? Number.POSITIVE_INFINITY
    return side === 'above' ? from <= breach && breach < to : from < breach && breach <= to
  }
  return steps.find(holds) ?? null
}

/**
 * The capacity after a step. A percentage is rounded toward zero but never to nothing (12.7 -> 12, 0.67 -> 1, -0.58 -> -1,
 * -6.67 -> -6), and moves at least `minMagnitude` replicas, which counts for percentages alone.
 */
export function adjustedCapacity(
  capacity: number,
  { by, type, minMagnitude }: { by: number; type: AdjustmentType; minMagnitude: number },
): number {
  if (type === 'exact') return by
  if (type === 'change') return capacity + by
  const exact = (capacity * by) / 100
  if (exact === 0) return capacity
  return capacity + Math.sign(exact) * Math.max(1, Math.trunc(Math.abs(exact)), minMagnitude)
}

/**
 * AWS step scaling on utilisation: the further beyond the alarm's threshold, the larger the step.
 *
 *     metric    ... low-inFrom2    low-inFrom1    low ... high    high+outFrom1    high+outFrom2 ...
 *     step          in2        in1            in0             out0            out1            out2
 *
 * Defaults are the example of the user guide (threshold 50 %, steps of 10 % and 30 % from 10 and 20 points on) with
 * its default warm-up, and an alarm of one data point of a minute. Alarms and warm-up: aws.ts. With ExactCapacity a step of 0
 * is no step, since no capacity of 0 can be asked for.
 */
export const step: Policy<AlarmState> = {
  name: 'step',
  summary: "AWS step scaling: the further utilisation is from the alarm's threshold, the larger the step",
  source: 'Amazon EC2 Auto Scaling user guide, "Step and simple scaling policies"',
  parameters: {
    high: share('threshold of the high alarm', 0.5),
    low: share('threshold of the low alarm', 0.5),
    adjustment: integer(
      '0 per cent of the capacity, 1 replicas, 2 exact capacity',
      '1',
      { min: 0, max: 2 },
      0,
    ),
    out0: integer('step out from high on', 'adjustment', { min: 0, max: 1000 }, 0),
    outFrom1: share('above high by this much: step out1', 0.1),
    out1: integer('step out from high + outFrom1 on', 'adjustment', { min: 0, max: 1000 }, 10),
    outFrom2: share('above high by this much: step out2', 0.2),
    out2: integer('step out from high + outFrom2 on', 'adjustment', { min: 0, max: 1000 }, 30),
    in0: integer('step in from low down', 'adjustment', { min: 0, max: 1000 }, 0),
    inFrom1: share('below low by this much: step in1', 0.1),
    in1: integer('step in from low - inFrom1 down', 'adjustment', { min: 0, max: 1000 }, 10),
    inFrom2: share('below low by this much: step in2', 0.2),
    in2: integer('step in from low - inFrom2 down', 'adjustment', { min: 0, max: 1000 }, 30),
    minMagnitude: integer('fewest replicas of a step in per cent', 'replicas', { min: 0, max: 1000 }, 1),
    outDataPoints: integer(
      'data points in a row that raise the high alarm',
      'data points',
      { min: 1, max: 100 },
      1,
    ),
    inDataPoints: integer(
      'data points in a row that raise the low alarm',
      'data points',
      { min: 1, max: 100 },
      1,
    ),
    periodMs: duration('length of a data point', { min: 100, max: 3_600_000 }, 60_000),
    warmupMs: duration('time from asking for a replica until it counts', { min: 0, max: 3_600_000 }, 300_000),
  },
  init: () => CALM,
  decide(context, observation, state) {
    const { parameters } = context
    const alarms = {
      periodMs: parameters.periodMs!,
      warmupMs: parameters.warmupMs!,
      high: {
        breached: (value: number) => value >= parameters.high!,
        dataPoints: parameters.outDataPoints!,
        capacity: (current: number, value: number) => stepped(parameters, 'above', current, value),
      },
      low: {
        breached: (value: number) => value <= parameters.low!,
        dataPoints: parameters.inDataPoints!,
        capacity: (current: number, value: number) => stepped(parameters, 'below', current, value),
      },
    }
    return followAlarms(alarms, context, observation, state, observation.utilisation)
  },
}

function stepped(parameters: Parameters, side: 'above' | 'below', current: number, value: number): number {
  const threshold = side === 'above' ? parameters.high! : parameters.low!
  // 0.6 - 0.5 is a little below 0.1: what is meant as a bound must be found there.
  const breach = Number((value - threshold).toFixed(9))
  const by = stepFor(stepsOf(parameters, side), breach, side)?.by ?? 0
  if (by === 0) return current
  return adjustedCapacity(current, {
    by,
    type: ADJUSTMENTS[parameters.adjustment!]!,
    minMagnitude: parameters.minMagnitude!,
  })
}

/** A second bound before the first leaves the interval between them empty. */
function stepsOf(parameters: Parameters, side: 'above' | 'below'): StepAdjustment[] {
  if (side === 'above') {
    const second = parameters.outFrom2!
    const first = Math.min(parameters.outFrom1!, second)
    return [
      { lower: 0, upper: first, by: parameters.out0! },
      { lower: first, upper: second, by: parameters.out1! },
      { lower: second, upper: null, by: parameters.out2! },
    ]
  }
  const sign = ADJUSTMENTS[parameters.adjustment!] === 'exact' ? 1 : -1
  const second = -parameters.inFrom2!
  const first = Math.max(-parameters.inFrom1!, second)
  return [
    { lower: first, upper: 0, by: sign * parameters.in0! },
    { lower: second, upper: first, by: sign * parameters.in1! },
    { lower: null, upper: second, by: sign * parameters.in2! },
  ]
}
