import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from '../drive.case.ts'
import { rate } from './rate.ts'
import { wish, wishes } from './wish.case.ts'

const policy = rate(wish)
const targets = (set: string[], replicas: (number | null)[], initial = 2) =>
  drive(policy, contextOf(policy, set), wishes(...replicas), initial).map(({ target }) => target)

describe('rate', () => {
  it('adds one in 4 s at 0.25 a second', () => {
    expect(targets(['rate.upPerS=0.25'], times(9, 10))).toEqual([3, 3, 3, 3, 4, 4, 4, 4, 5])
  })

  it('adds 3 a tick at 3 a second, and removes one in 2 s at 0.5', () => {
    const seen = [...times(3, 20), ...times(5, 1)]
    expect(targets(['rate.upPerS=3', 'rate.downPerS=0.5'], seen)).toEqual([5, 8, 11, 10, 10, 9, 9, 8])
  })

  it('saves nothing up while nothing is wished: no burst', () => {
    expect(targets(['rate.upPerS=1'], [...times(50, null), 9, 9]).slice(-2)).toEqual([3, 4])
  })

  it.each([0.1, 0.3, 0.7, 1, 2.5])('is as fast as it says over a long time: %d a second', (perS) => {
    const all = targets([`rate.upPerS=${perS}`], times(101, 1000), 1)
    // Over the 100 s after the first tick, to the replica that is under way.
    expect(Math.abs(all.at(-1)! - all[0]! - perS * 100)).toBeLessThanOrEqual(1)
  })

  it('leaves a wish within the rate alone, and says what it cut', () => {
    expect(drive(policy, contextOf(policy), wishes(3))[0]!.reason).toBe('wishes 3')
    expect(drive(policy, contextOf(policy), wishes(9))[0]!.reason).toBe(
      'wishes 9; rate: 9 -> 3, at most 0.25 a second',
    )
  })
})
