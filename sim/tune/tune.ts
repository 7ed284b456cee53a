import { stream } from '../../base/random.ts'
import type { Parameters, Policy } from '../../policies/policy.ts'
import { CmaEs } from './cmaes.ts'
import { type Goal, penalised } from './objective.ts'
import { type Candidate, costOf, type RaceSetup, race, ranked } from './race.ts'
import { RandomSearch, type Search } from './search.ts'
import { Space } from './space.ts'
import type { Executor } from './task.ts'

export interface TuneOptions {
  policy: Policy
  /** Every parameter's value: the reference, and where the search starts. */
  base: Parameters
  /** Parameters that stay as they are. */
  pinned?: readonly string[]
  /** Runs tasks on the scenarios of the search, numbered from 0. */
  executor: Executor
  scenarios: number
  goal: Goal
  /** Seeds of a candidate's runs on each scenario, `seed` and up. */
  seeds: number
  seed: number
  method: 'cmaes' | 'random'
  /** Candidates at most, besides the reference. */
  evaluations: number
  /** True when the time is over: looked at between two generations. */
  isOver?: () => boolean
  signal?: AbortSignal
  onGeneration?: (progress: Progress) => void
}

export interface Progress {
  evaluations: number
  best: Candidate
}

export interface TuneResult {
  /** The defaults, or what was pinned. */
  reference: Candidate
  best: Candidate
  evaluations: number
  /** Every candidate that ran on all seeds, in the order of their evaluation. */
  full: Candidate[]
}

/**
 * Searches a policy's parameters. Every candidate meets the same seeds; what is found depends on the options and the
 * seed alone, save for the time limit, which decides only after how many generations it ends.
 */
export async function tune(options: TuneOptions): Promise<TuneResult> {
  const { policy, base, executor, scenarios, goal, evaluations, signal } = options
  const seeds = Array.from({ length: options.seeds }, (_, k) => options.seed + k)
  const setup: RaceSetup = { executor, scenarios, seeds, goal, referenceCost: null }
  const [reference] = (await race([base], setup)) as [Candidate]
  const referenceCost = costOf(reference.runs)
  const space = new Space(policy, base, options.pinned)
  let best = reference
  let done = 0
  const full = [reference]
  if (space.dimension === 0) return { reference, best, evaluations: 0, full }
  const search = searchOf(options, space)
  while (done < evaluations && !options.isOver?.()) {
    signal?.throwIfAborted()
    const positions = search.ask()
    const asked = positions.map((position) => space.parametersAt(position))
    const candidates = await race(asked, { ...setup, referenceCost }, best)
    done += candidates.length
    const order = ranked(candidates.map((candidate, i) => ({ ...candidate, position: positions[i]! })))
    search.tell(order.map(({ position }) => position))
    full.push(...candidates.filter((candidate) => candidate.isFull))
    const leader = order[0]!
    if (leader.isFull && penalised(leader.score) < penalised(best.score))
      best = candidates.find(({ parameters }) => parameters === leader.parameters)!
    options.onGeneration?.({ evaluations: done, best })
  }
  return { reference, best, evaluations: done, full }
}

function searchOf({ method, seed, base }: TuneOptions, space: Space): Search {
  const random = stream(seed, `search by ${method}`)
  if (method === 'random') return new RandomSearch(space.dimension, random)
  return new CmaEs(space.positionOf(base), random)
}
