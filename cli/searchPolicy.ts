import type { Metrics } from '../analysis/metrics.ts'
import { monotonicMs } from '../base/clock.ts'
import type { Parameters } from '../policies/policy.ts'
import type { Goal } from '../sim/tune/objective.ts'
import type { Executor } from '../sim/tune/task.ts'
import { type Progress, type TuneResult, tune } from '../sim/tune/tune.ts'
import { remark } from './program.ts'
import type { RunPlan } from './runOptions.ts'
import { budgetMs, type SearchFlags } from './tuneOptions.ts'

/** Seeds of the final judgement begin so far behind those of the search. */
const FRESH = 1_000_000
export const FRESH_RUNS = 40
const SAY_EVERY_MS = 10_000

/** Searches the parameters of the plans' policy on the first `trained` of them. */
export async function searchPolicy(
  flags: SearchFlags,
  setup: {
    plans: readonly RunPlan[]
    trained: number
    pinned: readonly string[]
    goal: Goal
    executor: Executor
    /** Share of the budget, 0 to 1. */
    share: number
    signal: AbortSignal
  },
): Promise<TuneResult> {
  const { policy, parameters } = setup.plans[0]!
  const beganMs = monotonicMs()
  const limitMs = budgetMs(flags)
  const progress = sayProgress(policy.name, flags.evaluations ?? null)
  try {
    return await tune({
      policy,
      base: parameters,
      pinned: setup.pinned,
      executor: setup.executor,
      scenarios: setup.trained,
      goal: setup.goal,
      seeds: flags.seeds,
      seed: flags.seed,
      method: flags.method,
      evaluations: flags.evaluations ?? Number.POSITIVE_INFINITY,
      isOver: () => limitMs !== null && monotonicMs() - beganMs >= setup.share * limitMs,
      signal: setup.signal,
      onGeneration: progress.say,
    })
  } finally {
    progress.end()
  }
}

/** Runs of seeds that the search never saw: `runs[s][k]`, the same seeds for every policy and parameters. */
export async function freshRuns(
  executor: Executor,
  { scenarios, parameters, seed }: { scenarios: number; parameters: Parameters; seed: number },
): Promise<Metrics[][]> {
  const tasks = Array.from({ length: scenarios * FRESH_RUNS }, (_, i) => ({
    scenario: Math.floor(i / FRESH_RUNS),
    parameters,
    seed: seed + FRESH + (i % FRESH_RUNS),
  }))
  const metrics = await executor.run(tasks)
  return Array.from({ length: scenarios }, (_, s) => metrics.slice(s * FRESH_RUNS, (s + 1) * FRESH_RUNS))
}

function sayProgress(
  name: string,
  evaluations: number | null,
): { say: (progress: Progress) => void; end: () => void } {
  const { isTTY } = process.stderr
  let saidMs = monotonicMs()
  return {
    say({ evaluations: done, best: { score } }) {
      const of = evaluations === null ? '' : ` of ${evaluations}`
      const kept = score.excess === 0 ? 'keeps the promise' : 'breaks the promise'
      const line = `${name}: ${done}${of} candidates; best costs ${(100 * score.cost).toFixed(0)} % of the start, violations ${(100 * score.violationShare).toFixed(1)} %, ${kept}`
      if (isTTY) process.stderr.write(`\r\x1b[K${line}`)
      else if (monotonicMs() - saidMs >= SAY_EVERY_MS) {
        saidMs = monotonicMs()
        remark(line)
      }
    },
    end() {
      if (isTTY) process.stderr.write('\r\x1b[K')
    },
  }
}
