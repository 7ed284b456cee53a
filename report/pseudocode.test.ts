import { expect, it } from 'vitest'
import { POLICIES } from '../policies/index.ts'
import { PSEUDOCODE } from './pseudocode.ts'

it('every shipped policy has its pseudocode, and nothing else has', () => {
  expect(Object.keys(PSEUDOCODE).sort()).toEqual(POLICIES.map(({ name }) => name).sort())
})

it.each(POLICIES.map(({ name, parameters }) => [name, Object.keys(parameters)] as const))(
  '%s: fits a page of 80 columns, and names most of its parameters',
  (name, parameters) => {
    const text = PSEUDOCODE[name]!
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(84)
    const named = parameters.filter((parameter) => text.includes(parameter))
    expect(named.length / Math.max(1, parameters.length)).toBeGreaterThanOrEqual(
      parameters.length === 0 ? 0 : 0.5,
    )
  },
)
