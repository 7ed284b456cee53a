import { hashOf } from '../../base/hash.ts'
import type { Scenario, Task } from './task.ts'

/** The hash of all that decides a scenario's runs besides parameters and seed. */
export const scenarioHash = (scenario: Scenario): string => hashOf(scenario)

/** A task's name: the same wherever and whenever it is run. `scenarios` are the hashes by position. */
export function taskHash(scenarios: readonly string[], { scenario, parameters, seed }: Task): string {
  return hashOf([scenarios[scenario], parameters, seed])
}
