import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { badInput, messageOf, UserError } from '../base/errors.ts'
import { policyByName } from '../policies/parameters.ts'
import type { Policy } from '../policies/policy.ts'

/**
 * A shipped policy by name, or a user's own file (its default export, or its export `policy`). Loading a
 * file runs its code.
 */
export async function loadPolicy(nameOrPath: string): Promise<Policy> {
  if (!/[/\\]|\.[cm]?[jt]s$/.test(nameOrPath)) return policyByName(nameOrPath)
  const path = resolve(nameOrPath)
  if (!existsSync(path)) throw new UserError(`--policy ${nameOrPath}: there is no such file`)
  let module: { default?: unknown; policy?: unknown }
  try {
    module = await import(pathToFileURL(path).href)
  } catch (error) {
    throw new UserError(`--policy ${nameOrPath} cannot be loaded: ${messageOf(error)}`, { cause: error })
  }
  const policy = module.default ?? module.policy
  if (!isPolicy(policy)) {
    throw badInput({
      place: `--policy ${nameOrPath}`,
      value: Object.keys(module),
      expected: 'a default export with name, parameters, init and decide (policies/policy.ts)',
    })
  }
  return policy
}

function isPolicy(value: unknown): value is Policy {
  const candidate = value as Partial<Policy> | null | undefined
  return (
    typeof candidate?.name === 'string' &&
    typeof candidate.parameters === 'object' &&
    typeof candidate.init === 'function' &&
    typeof candidate.decide === 'function'
  )
}
