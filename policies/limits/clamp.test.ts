import { expect, it } from 'vitest'
import { contextOf, drive } from '../drive.case.ts'
import { clamp } from './clamp.ts'
import { wish, wishes } from './wish.case.ts'

const policy = clamp(wish)

it.each([
  [4, 4, 'wishes 4', 'within the bounds a wish is left alone, its reason too'],
  [9, 6, 'wishes 9; clamp: 9 -> 6, at most 6', 'above'],
  [1, 3, 'wishes 1; clamp: 1 -> 3, at least 3', 'below'],
])('3 to 6: wish %d gives %d, "%s" (%s)', (replicas, target, reason) => {
  const [step] = drive(policy, contextOf(policy, ['clamp.min=3', 'clamp.max=6']), wishes(replicas), 5)
  expect(step).toMatchObject({ target, reason, kind: 'scale' })
})

it('brings a target from outside back even where the policy holds', () => {
  const [step] = drive(policy, contextOf(policy, ['clamp.max=6']), wishes(null), 8)
  expect(step).toMatchObject({ target: 6, kind: 'scale', reason: 'nothing wished; clamp: 8 -> 6, at most 6' })
})
