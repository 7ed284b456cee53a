import type { Observation, Policy, PolicyContext } from '../policy.ts'
import { type DemandState, demandAhead, followDemand, NO_DEMAND } from '../queueing/demand.ts'
import { decideCalmly, type Staffing, staffedReplicas } from '../queueing/queueing.ts'
import { NOT_BELOW, type ScaleInState } from '../queueing/scaleIn.ts'
import { type Service, serviceOf, waitingRequests } from '../queueing/service.ts'
import { upperRatePerS } from '../queueing/staffing.ts'
import { duration, share } from '../specs.ts'
import { lateRequests } from './cost.ts'
import { operationsOf, type PlanProblem, planReplicas } from './plan.ts'

export interface MpcState {
  demand: DemandState
  scaleIn: ScaleInState
}

/** Levels of the backlog. */
const BUCKETS = 17
/** A start takes so many steps of the plan at most: more would need a state for each batch that is under way. */
const MOST_LAG = 2

/**
 * Model predictive control: at each tick the cheapest plan over the horizon for the demand as it is expected, of which
 * the first step is done.
 *
 *     least  sum over steps of  lateCost late requests + replicas x step in s + changeCost |change|
 *
 * in replica-seconds; late requests by mpc/cost.ts, exact by dynamic programming over ready, starting and backlog
 * (mpc/plan.ts). A step is one interval, or half a start-up time where that is longer; the horizon is at least two
 * start-ups. A tick's work is steps x fleets x backlog levels x decisions: 6 x 8 x 17 x 8 = 6,528 operations at the defaults
 * with up to 8 replicas. Where it would be above `budgetOperations`, the answer is that of `queueing`, and the reason says so.
 */
export const mpc: Policy<MpcState> = {
  name: 'mpc',
  summary:
    'plans ahead for the expected demand, by what late requests, replicas and changes cost, and does the first step',
  source: 'Rawlings, Mayne and Diehl, Model Predictive Control, 2nd ed. (2017), chapter 1; Bellman (1957)',
  parameters: {
    sloMs: duration('response time that is promised', { min: 1, max: 3_600_000 }, 500),
    lateCost: cost('cost of a late request', 2),
    changeCost: cost('cost of starting or stopping a replica', 1),
    horizonMs: duration('how far to plan', { min: 100, max: 3_600_000 }, 6000),
    damping: share('what is left of a rise of the demand after each further interval', 0.8),
    quantile: {
      description: 'standard deviations above the expected arrival rate to be ready for',
      unit: '1',
      min: 0,
      max: 5,
      default: 0.5,
      scale: 'linear',
    },
    scaleInDelayMs: duration(
      'how long fewer must be enough before any is stopped',
      { min: 0, max: 3_600_000 },
      5000,
    ),
    budgetOperations: {
      description: 'most operations of a tick; above, the answer is that of queueing',
      unit: '1',
      min: 0,
      max: 1e8,
      default: 1e6,
      scale: 'integer',
    },
    eps: share('for queueing: share of the requests that may be late', 0.05),
    drainMs: duration(
      'for queueing: time in which to work off a backlog',
      { min: 100, max: 3_600_000 },
      2000,
    ),
  },
  init: () => ({ demand: NO_DEMAND, scaleIn: NOT_BELOW }),
  decide(context, observation, state) {
    const service = serviceOf(context, observation)
    const waiting = waitingRequests(observation)
    if (observation.arrivalsPerS === null || service === null || waiting === null)
      return {
        decision: { kind: 'hold', reason: 'load or service time unknown' },
        state: { demand: NO_DEMAND, scaleIn: NOT_BELOW },
      }
    const demand = followDemand(state.demand, observation.arrivalsPerS, context.intervalMs)
    const problem = problemOf(context, observation, { service, waiting, demand })
    const answer = planned(context, problem) ?? fallback(context, observation, problem)
    const { decision, state: scaleIn } = decideCalmly(context, observation, answer, state.scaleIn)
    return { decision, state: { demand, scaleIn } }
  },
}

/** From now to the horizon; times in steps of the plan. */
export function problemOf(
  context: PolicyContext,
  { replicas, windowMs }: Observation,
  { service, waiting, demand }: { service: Service; waiting: number; demand: DemandState },
): PlanProblem {
  const { parameters, knowledge, intervalMs } = context
  const startupIntervals = Math.ceil((knowledge.startupMsMean ?? intervalMs) / intervalMs)
  const intervalsAStep = Math.max(1, Math.ceil(startupIntervals / MOST_LAG))
  const lag = Math.ceil(startupIntervals / intervalsAStep) as 0 | 1 | 2
  const stepMs = intervalMs * intervalsAStep
  const steps = Math.max(2 * lag, Math.ceil(parameters.horizonMs! / stepMs))
  const rates = demandAhead(demand, {
    steps,
    stepMs,
    windowMs,
    damping: parameters.damping! ** intervalsAStep,
  }).map((rate) => upperRatePerS(rate, windowMs, parameters.quantile!))
  const served = stepMs / service.serviceMs
  // Half of a replica's work in a step is fine enough, and the backlog of now is to be well inside.
  const bucket = Math.max(served / 2, (2 * waiting) / (BUCKETS - 1))
  return {
    arrivals: rates.map((rate) => (rate * stepMs) / 1000),
    served,
    lag,
    replicas: context.replicas,
    start: { ready: replicas.ready, asked: replicas.ready + replicas.starting, backlog: waiting },
    bucket,
    buckets: BUCKETS,
    late: inReplicaSeconds(
      parameters.lateCost!,
      lateRequests({
        service,
        sloMs: parameters.sloMs!,
        arrivalsPerS: rates,
        stepMs,
        bucket,
        buckets: BUCKETS,
        most: context.replicas.max,
      }),
    ),
    leftOverCost: parameters.lateCost!,
    replicaCost: stepMs / 1000,
    startCost: parameters.changeCost!,
    stopCost: parameters.changeCost!,
  }
}

function inReplicaSeconds(lateCost: number, late: PlanProblem['late']): PlanProblem['late'] {
  return (step, ready, level) => lateCost * late(step, ready, level)
}

function planned({ parameters }: PolicyContext, problem: PlanProblem): Staffing | null {
  if (operationsOf(problem) > parameters.budgetOperations!) return null
  const { asked, cost: total } = planReplicas(problem)
  return { replicas: asked[0]!, reason: `plan ${asked.join(' ')}, cost ${total.toFixed(1)} replica-s` }
}

function fallback(context: PolicyContext, observation: Observation, problem: PlanProblem): Staffing {
  const { replicas, reason } = staffedReplicas(context, observation, context.parameters)!
  return {
    replicas,
    reason: `${operationsOf(problem)} operations are above the budget, as queueing: ${reason}`,
  }
}

function cost(description: string, value: number) {
  return { description, unit: 'replica-s', min: 0, max: 1000, default: value, scale: 'log' } as const
}
