import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../base/errors.ts'
import type { Policy } from '../policies/policy.ts'
import { type PolicySource, policyFrom } from '../sim/policyModule.ts'

/** Where the policy of `--policy` is: a shipped one's name, or a file. */
export function policySource(nameOrPath: string): PolicySource {
  if (!/[/\\]|\.[cm]?[jt]s$/.test(nameOrPath)) return { name: nameOrPath }
  const path = resolve(nameOrPath)
  if (!existsSync(path)) throw new UserError(`--policy ${nameOrPath}: there is no such file`)
  return { path }
}

/** A shipped policy by name, or a user's own file, whose code is run. */
export function loadPolicy(nameOrPath: string): Promise<Policy> {
  return policyFrom(policySource(nameOrPath))
}
