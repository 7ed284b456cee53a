import { badInput } from '../../base/errors.ts'
import type { Policy } from '../policy.ts'
import { clamp } from './clamp.ts'
import { cooldown } from './cooldown.ts'
import type { Limit } from './limit.ts'
import { rate } from './rate.ts'
import { stabilise } from './stabilise.ts'

/** The limits that can follow a policy in a name such as `pid | cooldown | clamp`. */
export const LIMITS: Readonly<Record<string, Limit>> = { clamp, rate, stabilise, cooldown }

/** `pid | cooldown|clamp` in its parts, spaces as one likes. */
export function splitPipes(text: string): { policy: string; limits: string[] } {
  const [policy = '', ...limits] = text.split('|').map((part) => part.trim())
  return { policy, limits }
}

/**
 * The policy behind its limits: the first one changes what the policy decides, the next one what comes out of it. Its name is
 * `policy | first | second`; its parameters are the policy's and those of the limits, its state nests theirs.
 * @throws UserError for a limit that does not exist, or one that is there twice: its parameters would be, too.
 */
export function limited(policy: Policy, limits: readonly string[]): Policy {
  return limits.reduce((inner, name, i) => {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name] : undefined
    if (!limit || limits.indexOf(name) < i) {
      throw badInput({
        place: `--policy ${[policy.name, ...limits].join(' | ')}: limit ${i + 1}`,
        value: name,
        expected: `one of ${Object.keys(LIMITS).join(', ')}, each at most once`,
      })
    }
    return limit(inner)
  }, policy)
}
