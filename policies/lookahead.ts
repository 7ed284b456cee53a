import { hold } from './decision.ts'
import type { Observation, Policy, PolicyContext, RolloutAnswer, RolloutQuestion } from './policy.ts'
import { type DemandState, demandAhead, followDemand, NO_DEMAND } from './queueing/demand.ts'
import { decideCalmly } from './queueing/queueing.ts'
import { NOT_BELOW, type ScaleInState } from './queueing/scaleIn.ts'
import { waitingRequests } from './queueing/service.ts'
import { duration, integer, share } from './specs.ts'

export interface LookaheadState {
  demand: DemandState
  scaleIn: ScaleInState
}

/**
 * The twin in the loop: at each tick the simulator says what would become of the service under each of some targets, and the best
 * is asked for.
 *
 *     least  lateCost x share of late requests + replica-seconds / horizon in s        over target - reach .. target + reach
 *
 * Each candidate meets the same arrivals and the same work (common random numbers, from the number of the tick),
 * so that their difference is theirs and not chance's. Ties go to fewer replicas. Where even the largest candidate leaves most
 * requests late, the horizon is too short to see what more replicas are good for, and the largest is asked for.
 *
 * What a tick may cost is bounded in simulated requests, not in time, so that a decision depends on the observation alone: of
 * `paths` as many are made as `budgetRequests` allows, and if not even one is, over a horizon that it allows.
 */
export const lookahead: Policy<LookaheadState> = {
  name: 'lookahead',
  summary: 'simulates some targets from now on, on the calibrated model, and asks for the cheapest',
  source: 'Bertsekas, Rollout, Policy Iteration, and Distributed Reinforcement Learning (2020), chapter 2',
  parameters: {
    sloMs: duration('response time that is promised', { min: 1, max: 3_600_000 }, 500),
    lateCost: {
      description: 'replicas that all requests being late would be worth',
      unit: 'replicas',
      min: 0,
      max: 10_000,
      default: 30,
      scale: 'log',
    },
    reach: integer('how far from the target the candidates go', 'replicas', { min: 1, max: 20 }, 2),
    paths: integer('simulations of each candidate', '1', { min: 1, max: 1000 }, 6),
    horizonMs: duration('how far to simulate', { min: 100, max: 3_600_000 }, 6000),
    budgetRequests: integer('most simulated requests of a tick', 'requests', { min: 1, max: 1e7 }, 3000),
    damping: share('what is left of a rise of the demand after each further interval', 0.8),
    scaleInDelayMs: duration(
      'how long fewer must be better before any is stopped',
      { min: 0, max: 3_600_000 },
      5000,
    ),
  },
  needs: 'rollout',
  init: () => ({ demand: NO_DEMAND, scaleIn: NOT_BELOW }),
  decide(context, observation, state) {
    const waiting = waitingRequests(observation)
    if (!context.rollout) return { decision: hold('no simulator to ask'), state }
    if (observation.arrivalsPerS === null || observation.inFlight === null || waiting === null)
      return { decision: hold('load unknown'), state: { demand: NO_DEMAND, scaleIn: NOT_BELOW } }
    const demand = followDemand(state.demand, observation.arrivalsPerS, context.intervalMs)
    const question = questionOf(context, observation, demand)
    const best = cheapest(context, question, context.rollout(question))
    const answer = { replicas: best.target, reason: reasonOf(best, question) }
    const { decision, state: scaleIn } = decideCalmly(context, observation, answer, state.scaleIn)
    return { decision, state: { demand, scaleIn } }
  },
}

/** More late requests than this with every candidate: none can master the load within the horizon. */
const MOST_LATE = 0.5

/** What to ask: as much of `paths` and `horizonMs` as the budget allows. */
export function questionOf(
  { parameters, replicas: bounds, intervalMs }: PolicyContext,
  { nowMs, windowMs, replicas, target, queued, inFlight }: Observation,
  demand: DemandState,
): RolloutQuestion {
  const reach = parameters.reach!
  const lowest = Math.max(bounds.min, target - reach)
  const highest = Math.min(bounds.max, target + reach)
  const targets = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
  const steps = Math.ceil(parameters.horizonMs! / intervalMs)
  const rates = demandAhead(demand, { steps, stepMs: intervalMs, windowMs, damping: parameters.damping! })
  const backlog = Math.round(queued! + inFlight!)
  const { paths, horizonMs } = withinBudget(parameters, {
    rates,
    intervalMs,
    backlog,
    candidates: targets.length,
  })
  return {
    seed: Math.round(nowMs / intervalMs),
    paths,
    horizonMs,
    arrivalsPerS: rates,
    replicas,
    backlog,
    targets,
    sloMs: parameters.sloMs!,
  }
}

function withinBudget(
  parameters: PolicyContext['parameters'],
  load: { rates: readonly number[]; intervalMs: number; backlog: number; candidates: number },
): { paths: number; horizonMs: number } {
  const { rates, intervalMs, backlog, candidates } = load
  const { paths, horizonMs } = { paths: parameters.paths!, horizonMs: parameters.horizonMs! }
  const allowed = parameters.budgetRequests! / candidates
  const arrivals = rates.reduce((sum, rate) => sum + (rate * intervalMs) / 1000, 0)
  const affordable = Math.floor(allowed / Math.max(1, backlog + arrivals))
  if (affordable >= 1) return { paths: Math.min(paths, affordable), horizonMs }
  const part = Math.max(0, allowed - backlog) / arrivals
  return { paths: 1, horizonMs: Math.max(intervalMs, horizonMs * Math.min(1, part)) }
}

function cheapest(
  { parameters }: PolicyContext,
  { horizonMs }: RolloutQuestion,
  answers: readonly RolloutAnswer[],
): RolloutAnswer & { cost: number } {
  const costed = answers.map((answer) => ({
    ...answer,
    cost: parameters.lateCost! * answer.violationShare + (1000 * answer.replicaSeconds) / horizonMs,
  }))
  const largest = costed.at(-1)!
  if (largest.violationShare > MOST_LATE) return largest
  return costed.reduce((best, next) => (next.cost < best.cost ? next : best))
}

function reasonOf(
  { target, violationShare, cost }: RolloutAnswer & { cost: number },
  question: RolloutQuestion,
) {
  const { targets, paths, backlog } = question
  return `best of ${targets[0]}..${targets.at(-1)} is ${target}: ${(100 * violationShare).toFixed(1)} % late, cost ${cost.toFixed(2)} (${paths} paths, ${backlog} inside)`
}
