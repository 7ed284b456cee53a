import { availableParallelism } from 'node:os'
import { meanInterval } from '../analysis/interval.ts'
import type { MetricName, Metrics } from '../analysis/metrics.ts'
import type { Sla } from '../analysis/sla.ts'
import type { RunSink } from '../record/sink.ts'
import { expectedArrivals } from '../traces/rate.ts'
import { Farm } from './farm.ts'
import type { PolicySource } from './policyModule.ts'
import { runMetrics } from './replicate.ts'
import type { Simulation } from './simulation.ts'
import { scenarioOf } from './tune/task.ts'

export type Plan = Simulation & { sla: Sla }

export interface RunnerOptions {
  /** Where worker threads find the policy; without it all runs are made in this thread. */
  source?: PolicySource
  /** Threads; by default as many as there are cores where the runs are long enough to be worth it. */
  workers?: number
  /** A run was finished. */
  onDone?: () => void
  /** Hears run number i (from 0) as it happens: such runs are made in this thread. */
  watch?: (index: number) => RunSink
}

/** Below so many requests in all, threads take longer to start than they save. */
const WORTH_THREADS = 3e6

/** Makes runs of one plan, with seeds counting up from its seed. */
export class Runner {
  readonly #plan: Plan
  readonly #options: RunnerOptions
  #farm: Farm | null = null

  constructor(plan: Plan, options: RunnerOptions = {}) {
    this.#plan = plan
    this.#options = options
  }

  /** The metrics of runs `from` .. `from + count - 1`, in that order. */
  async run(from: number, count: number): Promise<Metrics[]> {
    const plan = this.#plan
    const options = this.#options
    const workers = this.#workersFor(count)
    if (workers > 1) {
      const { parameters, seed } = plan
      this.#farm ??= new Farm([scenarioOf(plan, options.source!)], workers)
      const tasks = Array.from({ length: count }, (_, i) => ({
        scenario: 0,
        parameters,
        seed: seed + from + i,
      }))
      return this.#farm.run(tasks, options.onDone)
    }
    const runs: Metrics[] = []
    for (let i = from; i < from + count; i++) {
      runs.push(runMetrics({ ...plan, seed: plan.seed + i }, plan.sla, options.watch?.(i)))
      options.onDone?.()
    }
    return runs
  }

  async close(): Promise<void> {
    await this.#farm?.close()
  }

  #workersFor(count: number): number {
    const { source, watch, workers } = this.#options
    if (!source || watch || count === 1) return 1
    if (workers !== undefined) return Math.min(count, workers)
    const { trace } = this.#plan
    if (trace.load.kind === 'users') return 1
    const requests = count * expectedArrivals(trace.load, trace.durationMs)
    return requests < WORTH_THREADS ? 1 : Math.min(count, availableParallelism())
  }
}

/** The metrics by which precision is judged: a promise, a latency and a cost. */
export const PRECISE: readonly MetricName[] = ['violationShare', 'responseMsP95', 'replicaSeconds']
const BATCH = 20
export const MOST_REPLICATIONS = 100_000

/**
 * Runs until the mean of each of PRECISE is known to `precision` with 95 %: half its confidence interval is at
 * most precision times the mean, for a share precision itself (2 % of violations is not to be known to 2 % of 2 %).
 * The batch grows by half each time, so that looking often does not make a lucky early stop likely.
 * @param precision 0 to 1.
 */
export async function runUntilPrecise(
  runner: Runner,
  precision: number,
): Promise<{ runs: Metrics[]; reached: boolean }> {
  const runs: Metrics[] = []
  while (runs.length < MOST_REPLICATIONS) {
    const batch = Math.min(Math.max(BATCH, runs.length >> 1), MOST_REPLICATIONS - runs.length)
    runs.push(...(await runner.run(runs.length, batch)))
    if (PRECISE.every((name) => isPrecise(runs, name, precision))) return { runs, reached: true }
  }
  return { runs, reached: false }
}

function isPrecise(runs: readonly Metrics[], name: MetricName, precision: number): boolean {
  const values = runs.map((run) => run[name]).filter((value) => value !== null)
  const interval = meanInterval(values)
  if (interval === null) return values.length === 0
  const allowed = name.endsWith('Share') ? precision : precision * Math.abs(interval.mean)
  return interval.halfWidth <= allowed
}
