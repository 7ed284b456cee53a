import { describe, expect, it } from 'vitest'
import { contextOf, drive } from '../drive.case.ts'
import { pid } from '../pid.ts'
import type { Policy } from '../policy.ts'
import { LIMITS, limited, splitPipes } from './compose.ts'
import { wish, wishes } from './wish.case.ts'

describe('limited', () => {
  it('is called by its parts, and has the parameters of all', () => {
    const policy = limited(pid as Policy, ['cooldown', 'clamp'])
    expect(policy.name).toBe('pid | cooldown | clamp')
    expect(Object.keys(policy.parameters)).toEqual([
      ...Object.keys(pid.parameters),
      'cooldown.upMs',
      'cooldown.downMs',
      'clamp.min',
      'clamp.max',
    ])
  })

  it('is the policy itself without limits', () => {
    expect(limited(wish as Policy, [])).toBe(wish)
  })

  it('applies from left to right: the order counts', () => {
    const last = (...limits: string[]) => {
      const policy = limited(wish as Policy, limits)
      return drive(policy, contextOf(policy, ['clamp.min=6', 'rate.upPerS=1']), wishes(9), 2)[0]!
    }
    expect(last('rate', 'clamp')).toMatchObject({
      target: 6,
      reason: 'wishes 9; rate: 9 -> 3, at most 1 a second; clamp: 3 -> 6, at least 6',
    })
    expect(last('clamp', 'rate').target).toBe(3)
  })

  it('nests the memories as plain data', () => {
    const policy = limited(wish as Policy, ['stabilise', 'clamp'])
    const { state } = drive(policy, contextOf(policy), wishes(4, 5))[1]!
    expect(JSON.parse(JSON.stringify(state))).toEqual({
      inner: {
        inner: 2,
        limit: [
          { atMs: 1000, value: 4 },
          { atMs: 2000, value: 5 },
        ],
      },
      limit: null,
    })
  })

  it('names the parameters of each limit after it', () => {
    for (const [name, limit] of Object.entries(LIMITS))
      for (const parameter of Object.keys(limit(wish as Policy).parameters))
        expect(parameter.startsWith(`${name}.`), parameter).toBe(true)
  })

  it('never makes a change of a hold, except that clamp brings a target back', () => {
    for (const name of ['rate', 'stabilise', 'cooldown']) {
      const policy = limited(wish as Policy, [name])
      const steps = drive(policy, contextOf(policy), wishes(9, null, 1, null, 30, null, null), 2)
      expect(steps.filter((_, i) => i % 2 === 1).map(({ kind }) => kind)).toEqual(['hold', 'hold', 'hold'])
    }
  })

  it.each([
    [['cool'], '--policy wish | cool: limit 1 is "cool", expected one of clamp, rate, stabilise, cooldown'],
    [
      ['clamp', 'rate', 'clamp'],
      'limit 3 is "clamp", expected one of clamp, rate, stabilise, cooldown, each at most once',
    ],
    [[''], 'limit 1 is ""'],
    [['toString'], 'limit 1 is "toString"'],
  ])('refuses the limits %j', (limits, message) => {
    expect(() => limited(wish as Policy, limits)).toThrow(message)
  })
})

it.each([
  ['pid', 'pid', []],
  ['pid | cooldown | clamp', 'pid', ['cooldown', 'clamp']],
  ['  ./a b.ts|clamp ', './a b.ts', ['clamp']],
  ['pid |', 'pid', ['']],
])('splits %j', (text, policy, limits) => {
  expect(splitPipes(text)).toEqual({ policy, limits })
})
