import { mean, quantile } from 'simple-statistics'
import type { Metrics } from '../../analysis/metrics.ts'

/** What is wanted: least cost such that a run keeps the promise with some probability. */
export interface Goal {
  /** Share of a run's requests that may violate the SLA, 0 to 1. */
  allowed: number
  /** Probability with which a run must stay within it. */
  probability: number
  /** How several traces count: their mean, the worst, or the mean of the worst quarter (CVaR at 75 %). */
  robust: 'mean' | 'worst' | 'cvar'
}

/** A candidate's runs: `runs[s][k]` is scenario s with the k-th seed, the same seeds for every candidate. */
export type CandidateRuns = readonly (readonly Metrics[])[]

/** How good a candidate is. */
export interface Score {
  /** Cost over that of the reference candidate (the defaults), aggregated over the scenarios: 1 is as dear. */
  cost: number
  /** By how much the promised quantile of the violation share exceeds what is allowed; 0 where the promise is kept. */
  excess: number
  /** Means over all runs, for the reader and for a Pareto front. */
  violationShare: number
  replicaSeconds: number
  reversals: number
}

/** A candidate that breaks the promise is worse than any that keeps it. */
const BROKEN = 1000
/** What an excess of one is worth against cost among those that break it. */
const EXCESS_COST = 1000

/**
 * The score of a candidate. The promise is judged scenario by scenario: the empirical `probability` quantile (type 7) of the
 * violation share over the seeds, less what is allowed.
 * @param referenceCost mean replica-seconds of each scenario under the reference.
 */
export function scoreOf(runs: CandidateRuns, referenceCost: readonly number[], goal: Goal): Score {
  const costs = runs.map((own, s) => mean(own.map((run) => run.replicaSeconds!)) / referenceCost[s]!)
  const excesses = runs.map((own) => excessOf(own, goal))
  const all = runs.flat()
  return {
    cost: aggregate(costs, goal.robust),
    excess: aggregate(excesses, goal.robust),
    violationShare: mean(all.map(shareOf)),
    replicaSeconds: mean(all.map((run) => run.replicaSeconds!)),
    reversals: mean(all.map((run) => run.reversals!)),
  }
}

/** The smaller, the better: cost where the promise is kept, else above all of those by the excess. */
export function penalised({ cost, excess }: Score): number {
  return excess > 0 ? BROKEN + EXCESS_COST * excess + cost : cost
}

/** Where no request came, none was violated. */
export const shareOf = (run: Metrics) => run.violationShare ?? 0

function excessOf(runs: readonly Metrics[], { allowed, probability }: Goal): number {
  return Math.max(0, quantile(runs.map(shareOf), probability) - allowed)
}

function aggregate(values: readonly number[], robust: Goal['robust']): number {
  return mean(countedOf(values, robust).map((i) => values[i]!))
}

/** Positions of the values that count: all, the highest, or the highest quarter. */
export function countedOf(values: readonly number[], robust: Goal['robust']): number[] {
  const worstFirst = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]!)
  if (robust === 'mean') return worstFirst
  return worstFirst.slice(0, robust === 'worst' ? 1 : Math.ceil(values.length / 4))
}

/** Neither is better in violations, cost and flapping at once. Order is kept. */
export function paretoFront<T extends { score: Score }>(candidates: readonly T[]): T[] {
  return candidates.filter(
    ({ score }, i) => !candidates.some((other, j) => j !== i && dominates(other.score, score, j < i)),
  )
}

function dominates(a: Score, b: Score, isEarlier: boolean): boolean {
  const differences = [
    a.violationShare - b.violationShare,
    a.replicaSeconds - b.replicaSeconds,
    a.reversals - b.reversals,
  ]
  return differences.every((d) => d <= 0) && (isEarlier || differences.some((d) => d < 0))
}
