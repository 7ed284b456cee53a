import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { POLICIES } from '../../policies/index.ts'
import { parametersOf } from '../../policies/parameters.ts'
import { pid } from '../../policies/pid.ts'
import { threshold } from '../../policies/threshold.ts'
import { Space } from './space.ts'

const spaceOf = (policy: typeof pid | typeof threshold, pinned: string[] = []) =>
  new Space(policy as typeof pid, parametersOf(policy as typeof pid, []), pinned)

describe.each(POLICIES.filter((policy) => Object.keys(policy.parameters).length > 0))(
  'the space of $name',
  (policy) => {
    const base = parametersOf(policy, [])
    const space = new Space(policy, base)

    it('holds only parameters that the policy takes', () => {
      const position = fc.array(fc.double({ min: -0.2, max: 1.2, noNaN: true }), {
        minLength: space.dimension,
        maxLength: space.dimension,
      })
      fc.assert(
        fc.property(position, (x) => {
          const parameters = space.parametersAt(x)
          const settings = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
          expect(parametersOf(policy, settings)).toEqual(parameters)
        }),
      )
    })

    it('holds the defaults, to the rounding of its numbers', () => {
      const there = space.parametersAt(space.positionOf(base))
      for (const [name, value] of Object.entries(base))
        expect(Math.abs(there[name]! - value), name).toBeLessThanOrEqual(1e-3 * Math.abs(value))
    })
  },
)

it('searches a duration of up to an hour around its default, by factors, and reaches 0', () => {
  const space = spaceOf(threshold)
  const at = (x: number) =>
    space.parametersAt(space.axes.map(({ name }) => (name === 'upCooldownMs' ? x : 0.5))).upCooldownMs
  expect(at(0)).toBe(0)
  expect(at(0.5)).toBeCloseTo(3000, -1)
  expect(at(1)).toBe(60_000)
})

it('a pinned parameter stays', () => {
  const space = spaceOf(pid, ['kp'])
  expect(space.axes.map(({ name }) => name)).not.toContain('kp')
  expect(space.parametersAt(space.axes.map(() => 1)).kp).toBe(0.8)
})
