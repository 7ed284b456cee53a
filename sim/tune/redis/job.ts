import type { Parameters } from '../../../policies/policy.ts'

/** One run as a job of the queue; the scenario is stored by its id (scenarioStore.ts). */
export interface RunJob {
  scenario: string
  parameters: Parameters
  seed: number
}

/** What a worker's threads are told. */
export interface ThreadSetup {
  url: string
  code: string
}
