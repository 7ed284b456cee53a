import { mean } from 'simple-statistics'
import type { Metrics } from '../../analysis/metrics.ts'
import type { Parameters } from '../../policies/policy.ts'
import { isClearlyWorse } from './clearlyWorse.ts'
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
/** How sure each of the two looks must be. */
const CONFIDENCE = 0.99

/**
 * Runs candidates on blocks of seeds; who is clearly worse than the leader on the same seeds (clearlyWorse.ts) runs on no
 * further one. The leader is the given one, who has run on all seeds, or else the best so far of this race. Of two
 * equals one is dropped in at most 1 % of the races (two looks, 0.5 % each); of twelve, whose leader is the luckiest, about 5 %.
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
  look: {
    runs: readonly CandidateRuns[]
    goal: Goal
    referenceCost: readonly number[] | null
    leader: Candidate | null
    count: number
  },
): number[] {
  const { runs, goal, referenceCost, leader, count } = look
  if (count < 3 || !referenceCost) return [...racing]
  const scoreNow = (i: number) => penalised(scoreOf(runs[i]!, referenceCost, goal))
  const best = leader ? null : racing.reduce((a, b) => (scoreNow(b) < scoreNow(a) ? b : a))
  const keepsForSure = leader?.score.excess === 0
  const leading = (leader?.runs ?? runs[best!]!).map((own) => own.slice(0, count))
  const test = { goal, referenceCost, keepsForSure, confidence: CONFIDENCE }
  return racing.filter((i) => i === best || !isClearlyWorse(runs[i]!, leading, test))
}
