import { describe, expect, it } from 'vitest'
import { repeatsToTell } from './power.ts'

describe('how many repeats tell two policies apart', () => {
  it('a difference of one standard deviation: 17 of each', () => {
    // The textbook number for d = 1, 5 % two-sided, 80 %: 16 by the normal, 17 by Student's distribution.
    const spread = (centre: number) => [centre - Math.sqrt(0.5), centre + Math.sqrt(0.5)]
    expect(repeatsToTell(spread(0), spread(1))).toBe(17)
  })

  it('half the difference needs about four times as many', () => {
    const spread = (centre: number) => [centre - Math.sqrt(0.5), centre + Math.sqrt(0.5)]
    expect(repeatsToTell(spread(0), spread(0.5))).toBe(64)
  })

  it('is symmetric, and does not depend on unit and origin', () => {
    const a = [3.9, 7.6, 7.2]
    const b = [40.5, 54.7, 48.8]
    expect(repeatsToTell(b, a)).toBe(repeatsToTell(a, b))
    const other = (values: number[]) => values.map((value) => 100 + 7 * value)
    expect(repeatsToTell(other(a), other(b))).toBe(repeatsToTell(a, b))
  })

  it('cannot be told from one repeat, or where there is no difference', () => {
    expect(repeatsToTell([1], [2, 3])).toBeNull()
    expect(repeatsToTell([1, 2], [2, 1])).toBeNull()
  })

  it('is 2 where the repeats do not vary, and bounded where they drown the difference', () => {
    expect(repeatsToTell([1, 1], [2, 2])).toBe(2)
    expect(repeatsToTell([0, 1000], [1, 1000])).toBe(10_000)
  })
})
