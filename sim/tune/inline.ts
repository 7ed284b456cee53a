import type { Metrics } from '../../analysis/metrics.ts'
import { policyFrom } from '../policyModule.ts'
import { runMetrics } from '../replicate.ts'
import type { Executor, Scenario, Task } from './task.ts'

/** A function that runs tasks in this thread; each scenario's policy is loaded once. */
export async function runnerOf(scenarios: readonly Scenario[]): Promise<(task: Task) => Metrics> {
  const policies = await Promise.all(scenarios.map(({ policy }) => policyFrom(policy)))
  return ({ scenario, parameters, seed }) => {
    const { policy: _, sla, ...rest } = scenarios[scenario]!
    return runMetrics({ ...rest, policy: policies[scenario]!, parameters, seed }, sla)
  }
}

/** Tasks one after the other in this thread. */
export class InlineExecutor implements Executor {
  readonly #run: Promise<(task: Task) => Metrics>

  constructor(scenarios: readonly Scenario[]) {
    this.#run = runnerOf(scenarios)
  }

  async run(tasks: readonly Task[]): Promise<Metrics[]> {
    const run = await this.#run
    return tasks.map(run)
  }

  async close(): Promise<void> {}
}
