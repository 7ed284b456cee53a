import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { hashOf } from '../../base/hash.ts'
import type { PolicySource } from '../policyModule.ts'
import type { Scenario, Task } from './task.ts'

/**
 * SHA-256 in hex of a policy's own file, null for a shipped one and for a file that is not there. What the file imports is
 * not in it.
 */
export function policyFileHash(policy: PolicySource): string | null {
  if ('name' in policy || !existsSync(policy.path)) return null
  return createHash('sha256').update(readFileSync(policy.path)).digest('hex')
}

/** The hash of all that decides a scenario's runs besides parameters and seed; of a policy file, its path and content. */
export const scenarioHash = (scenario: Scenario): string =>
  hashOf([scenario, policyFileHash(scenario.policy)])

/** A task's name: the same wherever and whenever it is run. `scenarios` are the hashes by position. */
export function taskHash(scenarios: readonly string[], { scenario, parameters, seed }: Task): string {
  return hashOf([scenarios[scenario], parameters, seed])
}
