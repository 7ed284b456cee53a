import { expect, it } from 'vitest'
import { contextOf, drive } from '../drive.case.ts'
import { clamp } from './clamp.ts'
import { cooldown } from './cooldown.ts'
import { wish, wishes } from './wish.case.ts'

const policy = cooldown(wish)
const context = contextOf(policy, ['cooldown.upMs=2000', 'cooldown.downMs=4000'])
const targets = (...replicas: (number | null)[]) =>
  drive(policy, context, wishes(...replicas), 2).map(({ target }) => target)

it.each([
  [[5, 6, 7, 8], [5, 5, 7, 7], 'out again 2 s after the first change, and not before'],
  [[5, 3, 3, 3, 3], [5, 5, 5, 5, 3], 'in 4 s after a change of either direction'],
  [[2, null, 5], [2, 2, 5], 'what changes nothing starts no pause'],
  [[1, 2, 2, 2], [1, 1, 2, 2], 'the pause before scaling out counts after scaling in, too'],
])('wishes %j give %j: %s', (replicas, expected) => {
  expect(targets(...replicas)).toEqual(expected)
})

it('says how much of the pause is over', () => {
  expect(drive(policy, context, wishes(5, 6))[1]).toMatchObject({
    kind: 'hold',
    reason: 'wishes 6; cooldown: 6 -> 5, 1000 of 2000 ms after a change',
  })
})

it('starts no pause for a change that a later limit refused', () => {
  const bounded = clamp(policy)
  const steps = drive(bounded, contextOf(bounded, ['clamp.max=2', 'cooldown.downMs=4000']), wishes(5, 1), 2)
  expect(steps.map(({ target }) => target)).toEqual([2, 1])
})
