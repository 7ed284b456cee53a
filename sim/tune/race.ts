import { mean, sampleStandardDeviation } from 'simple-statistics'
import type { Metrics } from '../../analysis/metrics.ts'
import { studentT } from '../../analysis/studentT.ts'
import type { Parameters } from '../../policies/policy.ts'
import { type CandidateRuns, type Goal, penalised, type Score, scoreOf } from './objective.ts'
import type { Executor, Task } from './task.ts'

export interface Candidate {
  parameters: Parameters
  runs: CandidateRuns
  score: Score
  /** False: it was dropped before it had run on every seed. */
  isFull: boolean
}

export interface RaceSetup {
  executor: Executor
  scenarios: number
  /** The seeds, the same for every candidate: common random numbers. */
  seeds: readonly number[]
  goal: Goal
  /** Mean replica-seconds of each scenario under the defaults; null for the defaults themselves. */
  referenceCost: readonly number[] | null
}

/** After these shares of the seeds the race looks who is still in it. */
const LOOKS = [0.25, 0.5, 1]
/** A candidate that is worse than the leader with this confidence leaves; two-sided. */
const CONFIDENCE = 0.99
/** What a violation beyond the allowed share costs in the race, in units of the reference's cost. */
const VIOLATION_COST = 20

/**
 * Runs candidates on blocks of seeds; who is clearly worse than the leader on the same seeds, by a paired t test at
 * 99 % on (cost + 20 x the violation share beyond what is allowed), runs on no further one. Looking twice at 99 %, a
 * candidate that is in truth as good as the leader is dropped in less than 2 % of the races.
 * Source: Birattari et al., A racing algorithm for configuring metaheuristics, GECCO 2002 (there with Friedman's test).
 * @returns candidates in the order of `parameters`; the dropped ones with the score of the seeds that they had.
 */
export async function race(
  parameters: readonly Parameters[],
  { executor, scenarios, seeds, goal, referenceCost }: RaceSetup,
  leader: Candidate | null = null,
): Promise<Candidate[]> {
  const runs: Metrics[][][] = parameters.map(() => Array.from({ length: scenarios }, () => []))
  let racing = parameters.map((_, i) => i)
  let from = 0
  for (const share of LOOKS) {
    const to = Math.ceil(share * seeds.length)
    await runBlock(racing, { parameters, runs, executor, seeds: seeds.slice(from, to) })
    from = to
    if (to < seeds.length) racing = stillRacing(racing, { runs, goal, referenceCost, leader, count: to })
  }
  return parameters.map((own, i) => {
    const cost = referenceCost ?? costOf(runs[i]!)
    return {
      parameters: own,
      runs: runs[i]!,
      score: scoreOf(runs[i]!, cost, goal),
      isFull: racing.includes(i),
    }
  })
}

export const costOf = (runs: CandidateRuns): number[] =>
  runs.map((own) => mean(own.map((run) => run.replicaSeconds!)))

/** Best first: who ran on all seeds before who was dropped. */
export function ranked<T extends Pick<Candidate, 'score' | 'isFull'>>(candidates: readonly T[]): T[] {
  return [...candidates].sort(
    (a, b) => Number(b.isFull) - Number(a.isFull) || penalised(a.score) - penalised(b.score),
  )
}

async function runBlock(
  racing: readonly number[],
  block: {
    parameters: readonly Parameters[]
    runs: Metrics[][][]
    executor: Executor
    seeds: readonly number[]
  },
): Promise<void> {
  const tasks: Task[] = []
  const places: Metrics[][] = []
  for (const i of racing) {
    block.runs[i]!.forEach((place, scenario) => {
      for (const seed of block.seeds) {
        tasks.push({ scenario, parameters: block.parameters[i]!, seed })
        places.push(place)
      }
    })
  }
  const metrics = await block.executor.run(tasks)
  metrics.forEach((own, i) => void places[i]!.push(own))
}

function stillRacing(
  racing: readonly number[],
  {
    runs,
    goal,
    referenceCost,
    leader,
    count,
  }: {
    runs: readonly CandidateRuns[]
    goal: Goal
    referenceCost: readonly number[] | null
    leader: Candidate | null
    count: number
  },
): number[] {
  if (count < 3 || !referenceCost) return [...racing]
  const losses = new Map(racing.map((i) => [i, lossesOf(runs[i]!, count, referenceCost, goal)]))
  const all = [...losses.values()]
  if (leader) all.push(lossesOf(leader.runs, count, referenceCost, goal))
  const best = all.reduce((a, b) => (mean(b) < mean(a) ? b : a))
  return racing.filter((i) => !isClearlyWorse(losses.get(i)!, best))
}

/** By seed: mean over the scenarios of cost and violations. */
function lossesOf(
  runs: CandidateRuns,
  count: number,
  referenceCost: readonly number[],
  goal: Goal,
): number[] {
  return Array.from({ length: count }, (_, k) =>
    mean(
      runs.map((own, s) => {
        const { replicaSeconds, violationShare } = own[k]!
        const beyond = Math.max(0, (violationShare ?? 0) - goal.allowed)
        return replicaSeconds! / referenceCost[s]! + VIOLATION_COST * beyond
      }),
    ),
  )
}

function isClearlyWorse(one: readonly number[], best: readonly number[]): boolean {
  const differences = one.map((loss, k) => loss - best[k]!)
  const d = mean(differences)
  if (d <= 0) return false
  const error = sampleStandardDeviation(differences) / Math.sqrt(differences.length)
  return d > studentT(differences.length - 1, CONFIDENCE) * error
}
