import type { Metrics } from '../../analysis/metrics.ts'
import type { Sla } from '../../analysis/sla.ts'
import type { Parameters } from '../../policies/policy.ts'
import type { PolicySource } from '../policyModule.ts'
import type { Simulation } from '../simulation.ts'

/** What stays the same over many runs of a search: a trace, a model, the settings, a policy by its source. */
export type Scenario = Omit<Simulation, 'policy' | 'parameters' | 'seed'> & { policy: PolicySource; sla: Sla }

/** The scenario of a run, whose policy's code is found at `policy`. */
export function scenarioOf(run: Simulation & { sla: Sla }, policy: PolicySource): Scenario {
  const { policy: _, parameters: __, seed: ___, ...scenario } = run
  return { ...scenario, policy }
}

/** One run that a search wants: a pure function of scenario, parameters and seed. */
export interface Task {
  /** Position among the scenarios that the executor was made with. */
  scenario: number
  parameters: Parameters
  seed: number
}

/**
 * Where tasks are run. The metrics come in the order of the tasks and depend on nothing but them: not on
 * where, how many at once, or in which order they were run.
 */
export interface Executor {
  run(tasks: readonly Task[]): Promise<Metrics[]>
  /** Ends whatever it started. No call of `run` may be under way, or it fails. */
  close(): Promise<void>
}
