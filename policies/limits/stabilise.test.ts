import { expect, it } from 'vitest'
import { contextOf, drive, times } from '../drive.case.ts'
import { stabilise } from './stabilise.ts'
import { wish, wishes } from './wish.case.ts'

const policy = stabilise(wish)
const context = contextOf(policy, ['stabilise.upMs=3000', 'stabilise.downMs=3000'])

it.each([
  [[10, 2, 2, 2, 2], 10, [10, 10, 10, 2, 2], 'in when every higher wish is as old as the window'],
  [[10, 4, 2, 2, 2], 10, [10, 10, 10, 4, 2], 'to the highest that is left'],
  [[2, 9, 5, 9, 9], 2, [2, 2, 2, 5, 5], 'out to the least of the window'],
  [[5, 9, 1, 5, 5], 5, [5, 5, 5, 5, 5], 'not at all where they do not agree'],
  [[5, null, 2, 2, 2], 5, [5, 5, 5, 5, 2], 'a hold is the wish for what there is'],
])('wishes %j from %d give %j: %s', (replicas, initial, expected) => {
  const steps = drive(policy, context, wishes(...replicas), initial)
  expect(steps.map(({ target }) => target)).toEqual(expected)
})

it('by default goes out at once, and in after five minutes without a higher wish', () => {
  const steps = drive(policy, contextOf(policy), wishes(10, ...times(301, 2)), 2)
  expect(steps[0]!.target).toBe(10)
  expect(steps.findIndex(({ target }) => target === 2)).toBe(300)
  expect(steps[1]!.reason).toBe('wishes 2; stabilise: 2 -> 10, highest wish of 300000 ms')
})

it('keeps a memory of bounded size', () => {
  const { state } = drive(policy, context, wishes(...times(500, 3))).at(-1)!
  expect((state as { limit: unknown[] }).limit).toHaveLength(3)
})
