import { deserialize, serialize } from 'node:v8'
import type { Redis } from 'ioredis'
import { UserError } from '../../../base/errors.ts'
import { hashOf } from '../../../base/hash.ts'
import type { Scenario } from '../task.ts'
import { policyFileHash, scenarioHash } from '../taskHash.ts'
import { PREFIX } from './connection.ts'

/** What a worker needs to make a scenario's runs, and to see that it makes the same ones. */
export interface StoredScenario {
  scenario: Scenario
  /** Of the simulator, codeHash.ts. */
  code: string
  /** Of the policy's own file; null for a shipped policy. */
  policyFile: string | null
}

/** Scenarios that nobody asks for any more are forgotten after a week. */
const KEPT_S = 7 * 24 * 3600

const keyOf = (id: string) => `${PREFIX}:scenario:${id}`

export function storable(scenario: Scenario, code: string): { id: string; stored: StoredScenario } {
  const stored = { scenario, code, policyFile: policyFileHash(scenario.policy) }
  return { id: hashOf([scenarioHash(scenario), code]), stored }
}

/** Once by its id, however many ask. In V8's own form, which keeps typed arrays and NaN. */
export async function storeScenario(redis: Redis, id: string, stored: StoredScenario): Promise<void> {
  if (await redis.expire(keyOf(id), KEPT_S)) return
  await redis.set(keyOf(id), serialize(stored), 'EX', KEPT_S)
}

/** @throws UserError where it is not there. */
export async function fetchScenario(redis: Redis, id: string): Promise<StoredScenario> {
  const bytes = await redis.getBuffer(keyOf(id))
  if (bytes) return deserialize(bytes) as StoredScenario
  throw new UserError(`the scenario ${id.slice(0, 8)} is no longer in Redis. Start the search again`)
}
