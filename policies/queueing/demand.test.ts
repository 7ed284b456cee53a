import { describe, expect, it } from 'vitest'
import { demandAhead, followDemand, NO_DEMAND } from './demand.ts'

const AHEAD = { steps: 3, stepMs: 1000, windowMs: 4000, damping: 0.5 }
const seen = (rates: number[]) => rates.reduce((state, rate) => followDemand(state, rate, 1000), NO_DEMAND)

describe('the demand ahead', () => {
  it('of a steady rate is that rate', () => {
    expect(demandAhead(seen([8, 8, 8]), AHEAD)).toEqual([8, 8, 8])
  })

  it('follows a rise, from the middle of the window on, less with each step', () => {
    // 0.4 x 20 = 8/s a second; the rate is 2 s old: 29 + 8 x (2.5, 2.75, 2.875).
    const [first, second, third] = demandAhead(seen([9, 29]), AHEAD)
    expect(first).toBeCloseTo(29 + 20)
    expect(second).toBeCloseTo(29 + 22)
    expect(third).toBeCloseTo(29 + 23)
  })

  it('takes what chance does to a steady rate for none: sqrt(9/4)/2 = 0.75/s a second', () => {
    expect(demandAhead(seen([9, 9.1, 8.9, 9]), AHEAD)).toEqual([9, 9, 9])
    expect(demandAhead(seen([9, 10.8]), AHEAD)).toEqual([10.8, 10.8, 10.8])
  })

  it('never falls below none', () => {
    expect(demandAhead(seen([60, 4]), AHEAD)).toEqual([0, 0, 0])
  })

  it('of what was never seen is none', () => {
    expect(demandAhead(NO_DEMAND, AHEAD)).toEqual([0, 0, 0])
  })
})
