import { describe, expect, it } from 'vitest'
import { exponential, normal, type Random, stream } from './random.ts'

const DRAWS = 200_000
const take = (random: Random, n: number) => Array.from({ length: n }, random)
const meanOf = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

describe('stream', () => {
  it('gives the same values for the same seed and subject, whoever else draws', () => {
    const [one, other] = [stream(7, 'arrivals'), stream(7, 'arrivals')]
    const noise = stream(7, 'noise')
    for (let i = 0; i < 1000; i++) {
      noise()
      expect(other()).toBe(one())
    }
  })

  it('keeps its values from version to version: records name a seed and mean these', () => {
    expect(take(stream(1, 'arrivals'), 3)).toMatchInlineSnapshot(`
      [
        0.040297543397173285,
        0.3183343056589365,
        0.4461775596719235,
      ]
    `)
  })

  it('is uniform on [0, 1): each hundredth as often as another (chi-square with 99 degrees, 1e-6)', () => {
    const counts = new Array<number>(100).fill(0)
    for (const u of take(stream(3, 'uniform'), DRAWS)) counts[Math.floor(100 * u)]! += 1
    const expected = DRAWS / 100
    // The upper 1e-6 quantile by the approximation of Wilson and Hilferty, 1931: 99 (1 - 2/891 + 4.753 sqrt(2/891))^3.
    expect(counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(181)
  })

  it.each([
    ['seeds', stream(1, 'x'), stream(2, 'x')],
    ['subjects', stream(1, 'x'), stream(1, 'y')],
    ['a seed that ends where a subject begins', stream(1, '1/x'), stream(11, 'x')],
  ])('has nothing in common with another of its %s (correlation, 5 standard errors)', (_name, a, b) => {
    const products = Array.from({ length: DRAWS }, () => 12 * (a() - 0.5) * (b() - 0.5))
    expect(Math.abs(meanOf(products))).toBeLessThan(5 / Math.sqrt(DRAWS))
  })
})

/** Name, draw, E[X], E[X^2], standard deviations of X and X^2. */
it.each([
  ['exponential', exponential, 1, 2, 1, Math.sqrt(20)],
  ['normal', normal, 0, 1, 1, Math.sqrt(2)],
])('%s: first and second moment, 5 standard errors', (name, draw, first, second, spread1, spread2) => {
  const random = stream(9, name)
  const sample = Array.from({ length: DRAWS }, () => draw(random))
  expect(Math.abs(meanOf(sample) - first)).toBeLessThan((5 * spread1) / Math.sqrt(DRAWS))
  expect(Math.abs(meanOf(sample.map((x) => x * x)) - second)).toBeLessThan((5 * spread2) / Math.sqrt(DRAWS))
})
