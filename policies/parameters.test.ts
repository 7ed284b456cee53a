import { expect, it } from 'vitest'
import { parametersOf, policyByName } from './parameters.ts'

it('takes defaults and overrides', () => {
  const parameters = parametersOf(policyByName('pid'), ['kp=0.25', ' tdMs = 0 '])
  expect(parameters).toMatchObject({ kp: 0.25, tdMs: 0, utilisation: 0.65 })
})

it.each([
  [
    'kq=1',
    '--set is "kq", expected a parameter of pid: utilisation, kp, tiMs, tdMs, filter, drainMs, hysteresis, scaleInDelayMs, smith',
  ],
  ['kp', '--set is "kp", expected NAME=NUMBER, such as kp=0.8'],
  ['kp=', '--set kp is "", expected a number from 0 to 10 (1)'],
  ['kp=x', '--set kp is "x", expected a number from 0 to 10 (1)'],
  ['kp=NaN', '--set kp is "NaN", expected a number from 0 to 10 (1)'],
  ['kp=11', '--set kp is "11", expected a number from 0 to 10 (1)'],
])('refuses %s', (setting, message) => {
  expect(() => parametersOf(policyByName('pid'), [setting])).toThrow(message)
})

it('refuses a part of a replica', () => {
  expect(() => parametersOf(policyByName('static'), ['replicas=1.5'])).toThrow(
    'expected a whole number from 1 to 1000 (replicas)',
  )
})

it('lists the policies where a name is unknown', () => {
  expect(() => policyByName('pdi')).toThrow('--policy is "pdi", expected one of static, threshold')
})

it.each(['pid | cooldown | clamp', 'pid|cooldown|clamp', ' pid |cooldown| clamp '])(
  'resolves limits in %j',
  (text) => {
    const policy = policyByName(text)
    expect(policy.name).toBe('pid | cooldown | clamp')
    expect(parametersOf(policy, ['cooldown.upMs=5000', 'kp=0.25'])).toMatchObject({
      'cooldown.upMs': 5000,
      'clamp.max': 1000,
      kp: 0.25,
    })
  },
)

it('names the limits where one is unknown, and the policies where the policy is', () => {
  expect(() => policyByName('pid | clomp')).toThrow(
    'limit 1 is "clomp", expected one of clamp, rate, stabilise',
  )
  expect(() => policyByName('pdi | clamp')).toThrow('--policy is "pdi", expected one of static, threshold')
})
