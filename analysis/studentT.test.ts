import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { meanInterval } from './interval.ts'
import { studentT } from './studentT.ts'

describe("Student's t", () => {
  it.each([
    [1, 0.95, 12.706],
    [2, 0.95, 4.303],
    [5, 0.99, 4.032],
    [9, 0.9, 1.833],
    [30, 0.95, 2.042],
    [120, 0.95, 1.98],
  ])('with %d degrees of freedom, %d within: %d, as every table has it', (degrees, confidence, t) => {
    expect(studentT(degrees, confidence)).toBeCloseTo(t, 3)
  })

  it.each([0.5, 0.9, 0.95, 0.999])(
    'has closed forms for 1 and 2 degrees of freedom (%d within)',
    (within) => {
      expect(studentT(1, within)).toBeCloseTo(Math.tan((Math.PI / 2) * within), 9)
      expect(studentT(2, within)).toBeCloseTo(within * Math.sqrt(2 / (1 - within * within)), 9)
    },
  )

  it('comes down to the normal quantile as the degrees of freedom grow', () => {
    expect(studentT(100_000, 0.95)).toBeCloseTo(1.95996, 4)
    expect(studentT(99_999, 0.95)).toBeCloseTo(1.95996, 4)
  })

  it.each([0, 1.5])('refuses %d degrees of freedom', (degrees) => {
    expect(() => studentT(degrees, 0.95)).toThrow('bug')
  })
})

describe('the interval of a mean', () => {
  it('of 1 to 5 at 95 %: 3 +- 2.776 x 1.5811 / sqrt 5', () => {
    const { mean, halfWidth } = meanInterval([1, 2, 3, 4, 5])!
    expect(mean).toBe(3)
    expect(halfWidth).toBeCloseTo(1.9632, 3)
  })

  it('of fewer than two values is unknown', () => {
    expect([meanInterval([]), meanInterval([7])]).toEqual([null, null])
  })

  it('of equal values is a point', () => {
    expect(meanInterval([4, 4, 4])).toEqual({ mean: 4, halfWidth: 0 })
  })

  it('holds the true mean as often as it says: 90 % of 4000 means of 5 uniform values', () => {
    const random = stream(1, 'coverage')
    let inside = 0
    for (let i = 0; i < 4000; i++) {
      const { mean, halfWidth } = meanInterval(Array.from({ length: 5 }, random), 0.9)!
      if (Math.abs(mean - 0.5) <= halfWidth) inside++
    }
    expect(Math.abs(inside / 4000 - 0.9)).toBeLessThan(0.02)
  })
})
