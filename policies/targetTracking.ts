import { type AlarmState, CALM, followAlarms } from './aws.ts'
import type { Observation, Parameters, Policy } from './policy.ts'
import { duration, integer } from './specs.ts'

/** What the numbers of the parameter `metric` mean. */
const METRICS = ['utilisation', 'requests'] as const

/**
 * AWS target tracking: keeps a metric a replica near its target, out fast, in slowly.
 *
 *     high alarm   metric > target             for `outDataPoints` data points (3 of a minute)
 *     low alarm    metric < `lowShare` target  for `inDataPoints` data points (15 of a minute, 0.9)
 *     capacity     ceil(n metric / target)     n without what warms up (out), with what is draining (in)
 *
 * Unpublished, so our reading: AWS documents that it rounds up what it adds and down what it removes ("1.5 instances":
 * two are added, one is removed), which is the ceiling above on both sides, and that it scales in "more gradually", but not by
 * which rule; the two alarms' data points and the 0.9 are seen in the alarms that it creates, and are not promised.
 * That a standing low alarm acts at each further data point is our reading too.
 *
 * The metric must fall as capacity rises, so the rate of all requests and latency are no choices. A missing data point
 * never scales in. `requests` is arrivals over ready replicas, the load balancer's requests a target.
 */
export const targetTracking: Policy<AlarmState> = {
  name: 'target-tracking',
  summary: 'AWS target tracking: proportional to the metric, out after 3 data points, in after 15',
  source:
    'Amazon EC2 Auto Scaling user guide, "Target tracking scaling policies"; its rule for scaling in is unpublished',
  parameters: {
    metric: integer('0 utilisation, 1 requests/s a replica', '1', { min: 0, max: 1 }, 0),
    utilisation: {
      description: 'target of metric 0',
      unit: 'share',
      min: 0.01,
      max: 1,
      default: 0.5,
      scale: 'linear',
    },
    requestsPerS: {
      description: 'target of metric 1: arrivals a replica',
      unit: '1/s',
      min: 0.001,
      max: 1e6,
      default: 5,
      scale: 'log',
    },
    outDataPoints: integer('data points in a row above the target', 'data points', { min: 1, max: 100 }, 3),
    inDataPoints: integer(
      'data points in a row below lowShare of the target',
      'data points',
      { min: 1, max: 100 },
      15,
    ),
    lowShare: {
      description: 'share of the target at which the low alarm stands',
      unit: 'share',
      min: 0,
      max: 1,
      default: 0.9,
      scale: 'linear',
    },
    scaleIn: integer('0 never scales in (DisableScaleIn), 1 does', '1', { min: 0, max: 1 }, 1),
    periodMs: duration('length of a data point', { min: 100, max: 3_600_000 }, 60_000),
    warmupMs: duration('time from asking for a replica until it counts', { min: 0, max: 3_600_000 }, 300_000),
  },
  init: () => CALM,
  decide(context, observation, state) {
    const { parameters } = context
    const target =
      METRICS[parameters.metric!] === 'requests' ? parameters.requestsPerS! : parameters.utilisation!
    const capacity = (current: number, value: number) => proportional(current, value, target)
    const alarms = {
      periodMs: parameters.periodMs!,
      warmupMs: parameters.warmupMs!,
      high: { breached: (value: number) => value > target, dataPoints: parameters.outDataPoints!, capacity },
      low: {
        breached: (value: number) => parameters.scaleIn === 1 && value < parameters.lowShare! * target,
        dataPoints: parameters.inDataPoints!,
        capacity,
      },
    }
    return followAlarms(alarms, context, observation, state, metricOf(parameters, observation))
  },
}

/** ceil(n metric / target); what is above a whole number by less than rounding errors is that number. */
export function proportional(current: number, value: number, target: number): number {
  return Math.ceil(Number(((current * value) / target).toFixed(9)))
}

function metricOf(
  parameters: Parameters,
  { utilisation, arrivalsPerS, replicas }: Observation,
): number | null {
  if (METRICS[parameters.metric!] === 'utilisation') return utilisation
  return arrivalsPerS === null || replicas.ready === 0 ? null : arrivalsPerS / replicas.ready
}
