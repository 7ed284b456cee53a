import { closeSync, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { badInput, UserError } from '../base/errors.ts'
import { openGiven } from '../base/readText.ts'
import { splitPipes } from '../policies/limits/compose.ts'
import type { Policy } from '../policies/policy.ts'
import { type PolicySource, policyFrom } from '../sim/policyModule.ts'

/** Where the policy of `--policy` is: a shipped one's name, or a file; limits may follow both, as in `./my.ts | clamp`. */
export function policySource(nameOrPath: string): PolicySource {
  const { policy, limits } = splitPipes(nameOrPath)
  if (!/[/\\]|\.[cm]?[jt]s$/.test(policy)) return { name: nameOrPath }
  const path = resolve(policy)
  if (!existsSync(path)) throw new UserError(`--policy ${policy}: there is no such file`)
  closeSync(openGiven(path, `--policy ${policy}`))
  return { path, limits }
}

/**
 * The shipped policy that a record names. A record may come from anybody: a file's code is run only where the command names it.
 * @throws UserError for a file.
 */
export async function policyOfRecord(name: string): Promise<Policy> {
  const source = policySource(name)
  if ('path' in source)
    throw badInput({
      place: 'policy.name in the record',
      value: name,
      expected: 'a shipped policy',
      remedy: 'A file’s code is run only where it is named with --policy',
    })
  return policyFrom(source)
}

/** A shipped policy by name, or a user's own file, whose code is run. */
export function loadPolicy(nameOrPath: string): Promise<Policy> {
  return policyFrom(policySource(nameOrPath))
}
