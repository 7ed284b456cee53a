import type { Sla } from '../analysis/sla.ts'
import { badInput } from '../base/errors.ts'
import { lateRequests } from '../policies/mpc/cost.ts'
import { operationsOf, type PlanProblem, planReplicas } from '../policies/mpc/plan.ts'
import { oracle } from '../policies/oracle.ts'
import type { Service } from '../policies/queueing/service.ts'
import { replicasFor } from '../policies/queueing/staffing.ts'
import { assertOpenLoop } from '../traces/limits.ts'
import { expectedArrivals } from '../traces/rate.ts'
import type { OpenTrace } from '../traces/trace.ts'
import { meanOf } from './distribution.ts'
import { knowledgeOf } from './knowledge.ts'
import { runMetrics } from './replicate.ts'
import type { Simulation } from './simulation.ts'

/** What is known before the run: all but the policy, and the chance that the seed stands for. */
export type Foreseen = Omit<Simulation, 'policy' | 'parameters' | 'seed'>

/** How a plan is made. */
export interface Foresight {
  sloMs: number
  /** Plan for so many times the trace's rate: what a plan for the mean lacks against chance. */
  margin: number
  /** What a late request costs, in replica-seconds: the larger, the fewer are late. */
  lateCost: number
}

/** Shares of the requests that are late, and of the SLA's windows that are violated. */
export interface Violations {
  violationShare: number
  windowViolationShare: number
}

/** Means over the replays. */
export interface ReplayedPlan extends Violations {
  plan: number[]
  replicaSeconds: number
}

const MARGINS = [0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5] as const
const LATE_COSTS = [0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] as const
const SEEDS = [1, 2, 3, 4, 5] as const
/** Levels of the backlog, half a replica's work of an interval apart. */
const BUCKETS = 49
/** Some ten seconds. */
const MOST_OPERATIONS = 1e9

/**
 * The plan of somebody who knows the trace's rate at all times and how long a start takes on average, but not the chance of arrivals and
 * service: replicas to ask for by tick, the k-th at index k - 1.
 *
 *     x(j)   ready replicas in interval j: the cheapest by dynamic programming over replicas and backlog
 *     plan   max(x(k), ..., x(k + L)) at tick k, L = start-up in intervals, rounded up
 *
 * A start costs its L intervals, in which it is paid for and of no use, so x never falls for less than L intervals and the
 * maximum costs what the program reckoned. Nobody can have more than the initial replicas before interval L + 1.
 *
 * The program sees a queue in each interval's steady state and the backlog as a fluid, so its cost is an
 * estimate and its plan no proven optimum: `replayedOracle` runs plans in the simulator before one is called a bound.
 * Source: Lin, Wierman, Andrew and Thereska, INFOCOM 2011 (the offline optimum); the backlog as a state is our addition.
 * @throws UserError for a closed loop of users, and a trace too long to plan.
 */
export function oraclePlan(run: Foreseen, foresight: Foresight): number[] {
  const { trace, control } = run
  assertOpenLoop(trace, `trace ${trace.name}`)
  const lead = leadOf(run)
  const rates = ratesOf(trace, control.intervalMs).map((rate) => rate * foresight.margin)
  const ready = readyReplicas(run, { rates, lead, foresight })
  const ticks = Math.floor(trace.durationMs / control.intervalMs)
  return Array.from({ length: ticks }, (_, i) =>
    Math.max(...ready.slice(i + 1, i + 2 + lead), control.minReplicas),
  )
}

/** Intervals from asking for a replica until it is surely of use. */
function leadOf({ model, control }: Foreseen): number {
  const readyMs = meanOf(model.startup.cold.distribution) + model.monitoring.delayMs.estimate
  return Math.ceil(readyMs / control.intervalMs)
}

/** Mean rate of each interval, requests/s. */
function ratesOf({ load, durationMs }: OpenTrace, intervalMs: number): number[] {
  return Array.from({ length: Math.ceil(durationMs / intervalMs) }, (_, j) => {
    const requests = expectedArrivals(load, (j + 1) * intervalMs) - expectedArrivals(load, j * intervalMs)
    return (requests * 1000) / intervalMs
  })
}

function readyReplicas(
  run: Foreseen,
  { rates, lead, foresight }: { rates: readonly number[]; lead: number; foresight: Foresight },
): number[] {
  const { initialReplicas } = run.control
  const first = new Array<number>(Math.min(rates.length, lead + 1)).fill(initialReplicas)
  const rest = rates.slice(first.length)
  if (rest.length === 0) return first
  const problem = oracleProblem(run, { rates: rest, lead, foresight })
  let backlog = 0
  for (let j = 0; j < first.length; j++)
    backlog = Math.max(
      0,
      backlog + (rates[j]! * run.control.intervalMs) / 1000 - problem.served * initialReplicas,
    )
  const started = { ...problem, start: { ready: initialReplicas, asked: initialReplicas, backlog } }
  if (operationsOf(started) > MOST_OPERATIONS) {
    throw badInput({
      place: `trace ${run.trace.name}: number of intervals`,
      value: rates.length,
      expected: `few enough for ${MOST_OPERATIONS} operations of the plan`,
      remedy: 'Cut the trace with --slice, or give a longer --interval or a smaller --max',
    })
  }
  return [...first, ...planReplicas(started).asked]
}

function oracleProblem(
  run: Foreseen,
  { rates, lead, foresight }: { rates: readonly number[]; lead: number; foresight: Foresight },
): PlanProblem {
  const { model, trace, control, service: settings } = run
  const { intervalMs } = control
  const knowledge = knowledgeOf(model, trace, settings)
  const service: Service = {
    serviceMs: knowledge.serviceMsMean!,
    serviceScv: knowledge.serviceScv!,
    topology: knowledge.topology!,
  }
  const served = intervalMs / service.serviceMs
  const bucket = served / 2
  const max = enough(service, rates, run, foresight.sloMs)
  const { sloMs, lateCost } = foresight
  const late = lateRequests({
    service,
    sloMs,
    arrivalsPerS: rates,
    stepMs: intervalMs,
    bucket,
    buckets: BUCKETS,
    most: max,
  })
  return {
    arrivals: rates.map((rate) => (rate * intervalMs) / 1000),
    served,
    lag: 0,
    replicas: { min: control.minReplicas, max },
    start: { ready: control.initialReplicas, asked: control.initialReplicas, backlog: 0 },
    bucket,
    buckets: BUCKETS,
    late: (step, ready, level) => lateCost * late(step, ready, level),
    leftOverCost: lateCost,
    replicaCost: intervalMs / 1000,
    startCost: (lead * intervalMs) / 1000,
    stopCost: meanOf(model.stopMs.distribution) / 1000,
  }
}

/** Twice what the highest rate needs: more would only cost time to plan. */
function enough(service: Service, rates: readonly number[], { control }: Foreseen, sloMs: number): number {
  const peak = rates.reduce((most, rate) => Math.max(most, rate), 0)
  const atPeak = replicasFor({ ...service, arrivalsPerS: peak }, { sloMs, eps: 0.01 }, control.maxReplicas)
  return Math.min(control.maxReplicas, Math.max(2 * atPeak, control.minReplicas, control.initialReplicas))
}

/**
 * Many plans, each replayed in the simulator: margins on the rate and prices of a late request span the choice between cost and
 * lateness. @throws UserError as oraclePlan.
 */
export function replayedPlans(run: Foreseen, sla: Sla): ReplayedPlan[] {
  const plans = new Map<string, number[]>()
  for (const margin of MARGINS) {
    for (const lateCost of LATE_COSTS) {
      const plan = oraclePlan(run, { sloMs: sla.limitMs, margin, lateCost })
      plans.set(plan.join(' '), plan)
    }
  }
  return [...plans.values()].map((plan) => replayPlan(run, sla, plan))
}

function replayPlan(run: Foreseen, sla: Sla, plan: number[]): ReplayedPlan {
  const simulation = { ...run, policy: oracle, parameters: {}, control: { ...run.control, plan } }
  const runs = SEEDS.map((seed) => runMetrics({ ...simulation, seed }, sla))
  const meanOfRuns = (of: 'violationShare' | 'windowViolationShare' | 'replicaSeconds') =>
    runs.reduce((sum, metrics) => sum + (metrics[of] ?? 0), 0) / runs.length
  return {
    plan,
    violationShare: meanOfRuns('violationShare'),
    windowViolationShare: meanOfRuns('windowViolationShare'),
    replicaSeconds: meanOfRuns('replicaSeconds'),
  }
}

/**
 * The bound: the cheapest plan with no more violations than allowed; where none has so few, the one with the fewest late requests.
 * The plans are many but finite: where most requests may be late there are gaps between them, and a policy may fall into one.
 */
export function cheapestWithin(plans: readonly ReplayedPlan[], allowed: Violations): ReplayedPlan {
  const within = plans.filter(
    (plan) =>
      plan.violationShare <= allowed.violationShare &&
      plan.windowViolationShare <= allowed.windowViolationShare,
  )
  if (within.length > 0) return leastBy(within, ({ replicaSeconds }) => replicaSeconds)
  return leastBy(plans, ({ violationShare }) => violationShare)
}

function leastBy(plans: readonly ReplayedPlan[], of: (plan: ReplayedPlan) => number): ReplayedPlan {
  return plans.reduce((best, next) => (of(next) < of(best) ? next : best))
}

/**
 * The cheapest replayed plan that keeps the SLA on average: of the requests at most its share is late, and of its windows at most
 * that share is violated ("each window", taken at its word, no plan could promise against chance).
 */
export function replayedOracle(run: Foreseen, sla: Sla): ReplayedPlan {
  const share = 1 - sla.quantile
  return cheapestWithin(replayedPlans(run, sla), { violationShare: share, windowViolationShare: share })
}

/** The same run with a plan, where its policy needs one and has none. */
export function withOraclePlan<Run extends Simulation>(run: Run, sla: Sla): Run {
  if (run.policy.needs !== 'plan' || run.control.plan) return run
  return { ...run, control: { ...run.control, plan: replayedOracle(run, sla).plan } }
}
