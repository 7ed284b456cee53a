import { describe, expect, it } from 'vitest'
import { leastSquares } from './leastSquares.ts'

describe('least squares', () => {
  it('solves an exact system: 2 + 3 t', () => {
    const rows = [0, 1, 2, 5].map((t) => [1, t])
    const fit = leastSquares(rows, [2, 5, 8, 17], 0)!
    expect(fit[0]).toBeCloseTo(2, 12)
    expect(fit[1]).toBeCloseTo(3, 12)
  })

  it('by hand: one column with a ridge, sum xy / (sum x^2 + ridge) = 14 / (14 + 6)', () => {
    expect(leastSquares([[1], [2], [3]], [1, 2, 3], 6)).toEqual([14 / 20])
  })

  it('leaves residuals that no column explains (the normal equations)', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [1, Math.sin(i), Math.cos(1.7 * i), (i % 7) / 7])
    const y = Array.from({ length: 40 }, (_, i) => ((i * 7919) % 101) / 10)
    const fit = leastSquares(rows, y, 0)!
    const residuals = rows.map((row, k) => y[k]! - row.reduce((sum, x, i) => sum + x * fit[i]!, 0))
    for (const column of [0, 1, 2, 3]) {
      expect(residuals.reduce((sum, residual, k) => sum + residual * rows[k]![column]!, 0)).toBeCloseTo(0, 9)
    }
  })

  it('has no answer where columns are the same, and with a ridge shares between them', () => {
    const twice = [1, 2, 3].map((t) => [t, t])
    expect(leastSquares(twice, [1, 2, 3], 0)).toBeNull()
    const [a, b] = leastSquares(twice, [1, 2, 3], 1)!
    expect(a).toBeCloseTo(b!, 12)
    expect(leastSquares([], [], 0)).toBeNull()
  })
})
