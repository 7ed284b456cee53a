import { pathToFileURL } from 'node:url'
import { badInput, messageOf, UserError } from '../base/errors.ts'
import { limited } from '../policies/limits/compose.ts'
import { policyByName } from '../policies/parameters.ts'
import type { Policy } from '../policies/policy.ts'

/**
 * Where a policy's code is: a shipped one by its name (`pid | clamp` with its limits), or a file (absolute path) and the
 * limits that follow it. Plain data, so it can be handed to a worker thread.
 */
export type PolicySource = { name: string } | { path: string; limits?: readonly string[] }

/**
 * The policy of a source. A file's is its default export, or its export `policy`; loading it runs its code.
 * @throws UserError where it cannot be loaded or is no policy.
 */
export async function policyFrom(source: PolicySource): Promise<Policy> {
  if ('name' in source) return policyByName(source.name)
  const { path, limits = [] } = source
  let module: { default?: unknown; policy?: unknown }
  try {
    module = await import(pathToFileURL(path).href)
  } catch (error) {
    throw new UserError(`--policy ${path} cannot be loaded: ${messageOf(error)}`, { cause: error })
  }
  const policy = module.default ?? module.policy
  if (!isPolicy(policy)) {
    throw badInput({
      place: `--policy ${path}`,
      value: Object.keys(module),
      expected: 'a default export with name, parameters, init and decide (policies/policy.ts)',
    })
  }
  return limited(policy, limits)
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
