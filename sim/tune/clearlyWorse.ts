import { mean, sampleStandardDeviation } from 'simple-statistics'
import { studentT } from '../../analysis/studentT.ts'
import { type CandidateRuns, countedOf, type Goal, shareOf } from './objective.ts'

export interface WorseTest {
  goal: Goal
  /** Mean replica-seconds of each scenario under the reference. */
  referenceCost: readonly number[]
  /** The leader has run on all seeds and keeps the promise. */
  keepsForSure: boolean
  /** Of each test, two-sided: 0.99. */
  confidence: number
}

/**
 * Whether one is clearly worse than the leader on the same seeds. The promise goes before the cost, as in the score:
 *
 *     it is clearly dearer, and the leader keeps the promise for sure or violates it no more
 *     it clearly breaks the promise, and the leader keeps it for sure or clearly violates less
 *
 * Dearer and more violations are paired t tests by seed over the scenarios that count (mean, worst, worst quarter).
 * The promise is clearly broken on a scenario when so many of its n runs exceed what is allowed as a candidate that
 * just keeps it, each run exceeding with 1 - p, would have with a chance of at most (1 - confidence) / 2 (binomial).
 */
export function isClearlyWorse(one: CandidateRuns, leader: CandidateRuns, test: WorseTest): boolean {
  const { goal, referenceCost, keepsForSure, confidence } = test
  const costs = (runs: CandidateRuns) =>
    bySeed(
      runs.map((own, s) => own.map((run) => run.replicaSeconds! / referenceCost[s]!)),
      goal.robust,
    )
  const shares = (runs: CandidateRuns) =>
    bySeed(
      runs.map((own) => own.map(shareOf)),
      goal.robust,
    )
  const own = shares(one)
  const other = shares(leader)
  if (isClearlyHigher(costs(one), costs(leader), confidence) && (keepsForSure || mean(other) <= mean(own)))
    return true
  return clearlyBreaks(one, test) && (keepsForSure || isClearlyHigher(own, other, confidence))
}

/** By seed, the mean over the scenarios that count for the aggregate. */
function bySeed(values: readonly (readonly number[])[], robust: Goal['robust']): number[] {
  const counted = countedOf(
    values.map((own) => mean([...own])),
    robust,
  )
  return values[0]!.map((_, k) => mean(counted.map((s) => values[s]![k]!)))
}

function isClearlyHigher(one: readonly number[], other: readonly number[], confidence: number): boolean {
  const differences = one.map((value, k) => value - other[k]!)
  const error = sampleStandardDeviation(differences) / Math.sqrt(differences.length)
  return mean(differences) > studentT(differences.length - 1, confidence) * error
}

function clearlyBreaks(runs: CandidateRuns, { goal, confidence }: WorseTest): boolean {
  const chance = (1 - confidence) / 2 / runs.length
  return runs.some((own) => {
    const exceeding = own.filter((run) => shareOf(run) > goal.allowed).length
    return exceeding > 0 && atLeast(exceeding, own.length, 1 - goal.probability) <= chance
  })
}

/** P(X >= k) of a binomial X with n trials of chance p. */
function atLeast(k: number, n: number, p: number): number {
  if (p <= 0) return 0
  let term = (1 - p) ** n
  let below = 0
  for (let i = 0; i < k; i++) {
    below += term
    term *= ((n - i) / (i + 1)) * (p / (1 - p))
  }
  return 1 - below
}
