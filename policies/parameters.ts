import { badInput, UserError } from '../base/errors.ts'
import { POLICIES } from './index.ts'
import { limited, splitPipes } from './limits/compose.ts'
import type { Parameters, Policy } from './policy.ts'

/**
 * The shipped policy of that name, with its limits where it has some: `pid`, `pid | cooldown | clamp`.
 * @throws UserError for an unknown policy or limit.
 */
export function policyByName(text: string): Policy {
  const { policy: name, limits } = splitPipes(text)
  const policy = POLICIES.find((candidate) => candidate.name === name)
  if (policy) return limited(policy, limits)
  const names = POLICIES.map((candidate) => candidate.name).join(', ')
  throw new UserError(
    `--policy is ${JSON.stringify(name)}, expected one of ${names}, or the path of a file such as ./my-policy.ts`,
  )
}

/**
 * A policy's parameters: its defaults, overridden by `settings` ("kp=0.8").
 * @throws UserError for an unknown name, something that is not a number, or a value out of its bounds.
 */
export function parametersOf(policy: Policy, settings: readonly string[]): Parameters {
  const values = Object.fromEntries(
    Object.entries(policy.parameters).map(([name, spec]) => [name, spec.default]),
  )
  for (const setting of settings) {
    const [name, text] = splitSetting(setting)
    const spec = Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined
    if (!spec) {
      throw badInput({
        place: '--set',
        value: name,
        expected: `a parameter of ${policy.name}: ${Object.keys(policy.parameters).join(', ')}`,
      })
    }
    const value = text === '' ? Number.NaN : Number(text)
    const whole = spec.scale === 'integer'
    if (!(value >= spec.min && value <= spec.max) || (whole && !Number.isInteger(value))) {
      throw badInput({
        place: `--set ${name}`,
        value: text,
        expected: `a ${whole ? 'whole number' : 'number'} from ${spec.min} to ${spec.max} (${spec.unit})`,
      })
    }
    values[name] = value
  }
  return values
}

function splitSetting(setting: string): [string, string] {
  const at = setting.indexOf('=')
  if (at <= 0) throw badInput({ place: '--set', value: setting, expected: 'NAME=NUMBER, such as kp=0.8' })
  return [setting.slice(0, at).trim(), setting.slice(at + 1).trim()]
}
