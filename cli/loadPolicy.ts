import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../base/errors.ts'
import { splitPipes } from '../policies/limits/compose.ts'
import type { Policy } from '../policies/policy.ts'
import { type PolicySource, policyFrom } from '../sim/policyModule.ts'

/** Where the policy of `--policy` is: a shipped one's name, or a file; limits may follow both, as in `./my.ts | clamp`. */
export function policySource(nameOrPath: string): PolicySource {
  const { policy, limits } = splitPipes(nameOrPath)
  if (!/[/\\]|\.[cm]?[jt]s$/.test(policy)) return { name: nameOrPath }
  const path = resolve(policy)
  if (!existsSync(path)) throw new UserError(`--policy ${policy}: there is no such file`)
  return { path, limits }
}

/** A shipped policy by name, or a user's own file, whose code is run. */
export function loadPolicy(nameOrPath: string): Promise<Policy> {
  return policyFrom(policySource(nameOrPath))
}
