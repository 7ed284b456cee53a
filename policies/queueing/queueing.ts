import type { Decision, Observation, Parameters, Policy, PolicyContext } from '../policy.ts'
import { duration, share } from '../specs.ts'
import { afterScaleInDelay, NOT_BELOW, type ScaleInState } from './scaleIn.ts'
import { type Service, serviceOf, waitingRequests } from './service.ts'
import { replicasFor, upperRatePerS } from './staffing.ts'

/**
 * Staffing by queueing theory: as many replicas as keep the promise at the load of now, and some more where a queue is to be
 * worked off.
 *
 *     n      smallest with P(R > sloMs) <= eps at the arrival rate l + z sqrt(l / window)     (staffing.ts, wait.ts)
 *     + m    ceil((Q - n) S / drainMs), where more than n requests wait: Q of them, S the mean service time
 *
 * The first n that wait are begun within one service time and are part of the steady state that n was chosen for.
 * Out at once, in after `scaleInDelayMs`.
 */
export const queueing: Policy<ScaleInState> = {
  name: 'queueing',
  summary:
    'fewest replicas that keep the SLO by queueing theory, for the proxy’s balance, and more for a backlog',
  source: 'Erlang (1917); Allen, Probability, Statistics and Queueing Theory, 5.3; Whitt, BSTJ 62 (1983)',
  parameters: {
    sloMs: duration('response time that is promised', { min: 1, max: 3_600_000 }, 500),
    eps: share('share of the requests that may take longer', 0.05),
    quantile: {
      description: 'standard deviations above the measured arrival rate to be ready for',
      unit: '1',
      min: 0,
      max: 5,
      default: 1,
      scale: 'linear',
    },
    drainMs: duration('time in which a backlog should be worked off', { min: 100, max: 3_600_000 }, 2000),
    scaleInDelayMs: duration(
      'how long fewer must be enough before any is stopped',
      { min: 0, max: 3_600_000 },
      8000,
    ),
  },
  init: () => NOT_BELOW,
  decide(context, observation, state) {
    const answer = staffedReplicas(context, observation, context.parameters)
    if (answer === null)
      return { decision: { kind: 'hold', reason: 'load or service time unknown' }, state: NOT_BELOW }
    return decideCalmly(context, observation, answer, state)
  },
}

/** How many replicas, and why. */
export interface Staffing {
  replicas: number
  reason: string
}

/** The rule without its memory; null where the load or the service is not known. */
export function staffedReplicas(
  context: PolicyContext,
  observation: Observation,
  parameters: Parameters,
): Staffing | null {
  const service = serviceOf(context, observation)
  const waiting = waitingRequests(observation)
  if (service === null || waiting === null || observation.arrivalsPerS === null) return null
  const ratePerS = upperRatePerS(observation.arrivalsPerS, observation.windowMs, parameters.quantile!)
  const slo = { sloMs: parameters.sloMs!, eps: parameters.eps! }
  const steady = replicasFor({ ...service, arrivalsPerS: ratePerS }, slo, context.replicas.max)
  const extra = backlogReplicas(service, waiting - steady, parameters.drainMs!)
  const { min, max } = context.replicas
  return {
    replicas: Math.min(max, Math.max(min, steady + extra)),
    reason: `${steady} for ${ratePerS.toFixed(1)}/s${extra > 0 ? `, ${extra} for ${waiting} waiting` : ''}`,
  }
}

function backlogReplicas({ serviceMs }: Service, backlog: number, drainMs: number): number {
  return backlog > 0 ? Math.ceil((backlog * serviceMs) / drainMs) : 0
}

/** What is wanted, after the delay for scaling in, as a decision. */
export function decideCalmly(
  { parameters }: PolicyContext,
  { nowMs, target }: Observation,
  { replicas: wanted, reason }: Staffing,
  state: ScaleInState,
): { decision: Decision; state: ScaleInState } {
  const delayed = afterScaleInDelay({ wanted, target, nowMs, delayMs: parameters.scaleInDelayMs! }, state)
  const { replicas } = delayed
  if (replicas !== target) return { decision: { kind: 'scale', replicas, reason }, state: delayed.state }
  const waits = wanted < target ? `, ${wanted} are enough: waits to scale in` : ''
  return { decision: { kind: 'hold', reason: `${reason}${waits}` }, state: delayed.state }
}
