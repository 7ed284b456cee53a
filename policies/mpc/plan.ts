/**
 * Exact dynamic programming over small integers: how many replicas to ask for in each of the next steps.
 *
 *     x    ready replicas                  n    asked for: ready and starting, x <= n
 *     b    waiting requests                m    the decision: what to ask for now
 *
 *     m >= n   m - n are started, ready `lag` steps later (0, 1 or 2)
 *     m < n    starts are cancelled first, then ready replicas stop at once: work is done by min(x, m)
 *     b'       max(0, b + arrivals - served min(x, m))
 *     cost     late(step, min(x, m), b) + replicaCost m + startCost (m - n)+ + stopCost (n - m)+
 *
 * The backlog has `buckets` levels, `bucket` requests apart. A value between two levels is interpolated: rounding would make a
 * small surplus vanish, or last for ever. Each request beyond the last level is reckoned as left over, so that
 * under an overload that no plan masters more replicas are still better.
 */
export interface PlanProblem {
  /** Requests that come in each step. */
  arrivals: readonly number[]
  /** Requests that a replica works off in a step. */
  served: number
  /** Steps from a start until the replica is ready. */
  lag: 0 | 1 | 2
  replicas: { min: number; max: number }
  start: { ready: number; asked: number; backlog: number }
  bucket: number
  buckets: number
  /** Cost of the requests that are answered too late: those that come in this step and find `level` buckets waiting. */
  late: (step: number, ready: number, level: number) => number
  /** Cost of a request that still waits after the last step. */
  leftOverCost: number
  replicaCost: number
  startCost: number
  stopCost: number
}

export interface Plan {
  /** What to ask for in each step. */
  asked: number[]
  cost: number
}

/** One state: replicas ready and asked for, and the backlog, which need not be on a level. */
interface State {
  ready: number
  asked: number
  backlog: number
}

/** Work of `planReplicas`: one operation is one decision in one state at one step. */
export function operationsOf({ arrivals, lag, replicas, buckets, start }: PlanProblem): number {
  const decisions = replicas.max - replicas.min + 1
  const fleets = replicas.max - Math.min(replicas.min, start.ready) + 1
  return arrivals.length * buckets * decisions * (lag === 2 ? (fleets * (fleets + 1)) / 2 : fleets)
}

/** The cheapest plan; of two that cost the same the one with fewer replicas, earlier. */
export function planReplicas(problem: PlanProblem): Plan {
  const values = valuesOf(problem)
  const { start, replicas } = problem
  let state: State = {
    ready: Math.min(start.ready, replicas.max),
    asked: Math.min(Math.max(start.asked, start.ready), replicas.max),
    backlog: start.backlog,
  }
  const asked: number[] = []
  let cost = 0
  for (let step = 0; step < problem.arrivals.length; step++) {
    const { decision } = bestDecision(problem, values, step, state)
    cost += costOf(problem, step, state, decision)
    state = after(problem, step, state, decision)
    asked.push(decision)
  }
  return { asked, cost: cost + problem.leftOverCost * state.backlog }
}

/** What the rest costs from each state on, by step; the last entry is after the last step. */
function valuesOf(problem: PlanProblem): Float64Array[] {
  const { arrivals, buckets, bucket } = problem
  const values: Float64Array[] = new Array(arrivals.length + 1)
  for (let step = arrivals.length; step >= 0; step--) {
    const here = new Float64Array(fleetsOf(problem) * buckets)
    values[step] = here
    forEachFleet(problem, (ready, asked) => {
      for (let level = 0; level < buckets; level++) {
        const backlog = level * bucket
        const value =
          step === arrivals.length
            ? problem.leftOverCost * backlog
            : bestDecision(problem, values, step, { ready, asked, backlog }).value
        here[fleetIndex(problem, ready, asked) * buckets + level] = value
      }
    })
  }
  return values
}

function bestDecision(problem: PlanProblem, values: Float64Array[], step: number, state: State) {
  const { min, max } = problem.replicas
  let decision = min
  let value = Number.POSITIVE_INFINITY
  for (let asked = min; asked <= max; asked++) {
    const total =
      costOf(problem, step, state, asked) +
      valueAt(problem, values[step + 1]!, after(problem, step, state, asked))
    // What differs by rounding alone is the same.
    if (total < value - 1e-9) {
      value = total
      decision = asked
    }
  }
  return { decision, value }
}

function working({ lag }: PlanProblem, state: State, decision: number): number {
  return lag === 0 ? decision : Math.min(state.ready, decision)
}

function costOf(problem: PlanProblem, step: number, state: State, decision: number): number {
  const change = decision - state.asked
  const moving = change > 0 ? problem.startCost * change : -problem.stopCost * change
  return (
    lateAt(problem, step, working(problem, state, decision), state.backlog) +
    problem.replicaCost * decision +
    moving
  )
}

function after(problem: PlanProblem, step: number, state: State, decision: number): State {
  const served = problem.served * working(problem, state, decision)
  return {
    ready: problem.lag === 2 ? Math.min(state.asked, decision) : decision,
    asked: decision,
    backlog: Math.max(0, state.backlog + problem.arrivals[step]! - served),
  }
}

function lateAt(problem: PlanProblem, step: number, ready: number, backlog: number): number {
  const { level, part } = levelOf(problem, backlog)
  const low = problem.late(step, ready, level)
  return part === 0 ? low : low + part * (problem.late(step, ready, level + 1) - low)
}

function valueAt(problem: PlanProblem, values: Float64Array, { ready, asked, backlog }: State): number {
  const { level, part } = levelOf(problem, backlog)
  const at = fleetIndex(problem, ready, asked) * problem.buckets + level
  const low = values[at]!
  if (part > 0) return low + part * (values[at + 1]! - low)
  return low + problem.leftOverCost * Math.max(0, backlog - level * problem.bucket)
}

/** The level at or below, and how far on the way to the next one. */
function levelOf({ bucket, buckets }: PlanProblem, backlog: number): { level: number; part: number } {
  const exact = Math.min(backlog / bucket, buckets - 1)
  const level = Math.floor(exact)
  return { level, part: exact - level }
}

const fewest = ({ replicas, start }: PlanProblem) => Math.min(replicas.min, start.ready)
const widthOf = (problem: PlanProblem) => problem.replicas.max - fewest(problem) + 1
/** With a lag of up to one step nothing is starting when a step begins: what was asked for is ready. */
const fleetsOf = (problem: PlanProblem) => widthOf(problem) ** (problem.lag === 2 ? 2 : 1)

function fleetIndex(problem: PlanProblem, ready: number, asked: number): number {
  const first = fewest(problem)
  return problem.lag === 2 ? (ready - first) * widthOf(problem) + (asked - first) : asked - first
}

function forEachFleet(problem: PlanProblem, visit: (ready: number, asked: number) => void): void {
  const { max } = problem.replicas
  for (let asked = fewest(problem); asked <= max; asked++) {
    if (problem.lag < 2) visit(asked, asked)
    else for (let ready = fewest(problem); ready <= asked; ready++) visit(ready, asked)
  }
}
