import { stream } from '../../base/random.ts'
import type { Parameters, Policy } from '../../policies/policy.ts'
import { CmaEs } from './cmaes.ts'
import type { Goal } from './objective.ts'
import { type Candidate, costOf, type RaceSetup, race, ranked } from './race.ts'
import { RandomSearch, type Search } from './search.ts'
import { Space } from './space.ts'
import type { Executor, Task } from './task.ts'

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
  const raceAll = (asked: Parameters[]) => race(asked, { ...setup, referenceCost }, best)
  while (done < evaluations && !options.isOver?.()) {
    signal?.throwIfAborted()
    const generation = search.ask()
    const positions = generation.slice(0, evaluations - done)
    const candidates = await raceAll(positions.map((position) => space.parametersAt(position)))
    done += candidates.length
    const order = ranked(candidates.map((candidate, i) => ({ ...candidate, position: positions[i]! })))
    if (positions.length === generation.length) search.tell(order.map(({ position }) => position))
    full.push(...candidates.filter((candidate) => candidate.isFull))
    best = ranked([best, ...candidates])[0]!
    options.onGeneration?.({ evaluations: done, best })
  }
  const belief = search.belief()
  if (belief)
    full.push(...(await raceAll([space.parametersAt(belief)])).filter((candidate) => candidate.isFull))
  signal?.throwIfAborted()
  best = await confirm(full, { ...setup, referenceCost }, options)
  return { reference, best, evaluations: done, full }
}

/**
 * Every run of a random search, known beforehand since it learns nothing: the reference's and those of all its candidates on all
 * seeds, dropped by no race. What `tune` with the same options asks for before it confirms is among them.
 */
export function listedTasks(
  options: Omit<TuneOptions, 'executor' | 'goal' | 'method' | 'isOver' | 'signal' | 'onGeneration'>,
): Task[] {
  const { policy, base, scenarios, evaluations, seed, seeds } = options
  const space = new Space(policy, base, options.pinned)
  const search = searchOf({ method: 'random', seed, base }, space)
  const candidates: Parameters[] = [base]
  while (space.dimension > 0 && candidates.length <= evaluations)
    candidates.push(...search.ask().map((position) => space.parametersAt(position)))
  return candidates.slice(0, 1 + evaluations).flatMap((parameters) =>
    Array.from({ length: scenarios * seeds }, (_, i) => ({
      scenario: Math.floor(i / seeds),
      parameters,
      seed: seed + (i % seeds),
    })),
  )
}

/** So many of the best are run again on seeds that the search has not seen, twice as many. */
const FINALISTS = 10
const CONFIRMING = 500_000

/**
 * The best of many noisy scores is mostly the luckiest. The finalists, and the reference, run on fresh seeds, and the best
 * there is taken; its score and runs are those of the search, which a judge can then compare with further seeds.
 */
async function confirm(
  full: readonly Candidate[],
  setup: RaceSetup,
  { seed, seeds }: TuneOptions,
): Promise<Candidate> {
  const finalists = [full[0]!, ...ranked(full.slice(1)).slice(0, FINALISTS)]
  const again = await race(
    finalists.map(({ parameters }) => parameters),
    { ...setup, seeds: Array.from({ length: 2 * seeds }, (_, k) => seed + CONFIRMING + k) },
  )
  const order = ranked(again.map((candidate, i) => ({ ...candidate, i })))
  return finalists[order[0]!.i]!
}

function searchOf(
  { method, seed, base }: Pick<TuneOptions, 'method' | 'seed' | 'base'>,
  space: Space,
): Search {
  const random = stream(seed, `search by ${method}`)
  if (method === 'random') return new RandomSearch(space.dimension, random)
  return new CmaEs(space.positionOf(base), random)
}
