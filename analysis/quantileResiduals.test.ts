import { expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { quantileResiduals } from './quantileResiduals.ts'

const uniform = (p: number) => 100 * p

it('a sample at the quantiles of its ranks leaves no residual', () => {
  const sample = [12.5, 37.5, 62.5, 87.5]
  for (const { fitted, measured, lo, hi } of quantileResiduals(sample, uniform)) {
    expect(fitted).toBeCloseTo(measured, 9)
    expect(lo).toBeLessThan(measured)
    expect(hi).toBeGreaterThan(measured)
  }
})

it('the interval of one rank holds about 95 % of samples of the distribution', () => {
  const random = stream(3, 'samples')
  const inside = Array.from({ length: 400 }, () => {
    const sample = Array.from({ length: 50 }, () => 100 * random()).sort((a, b) => a - b)
    const { measured, lo, hi } = quantileResiduals(sample, uniform)[24]!
    return measured >= lo && measured <= hi
  }).filter(Boolean).length
  expect(inside / 400).toBeGreaterThan(0.92)
  expect(inside / 400).toBeLessThan(0.985)
})

it('asks for quantiles strictly between 0 and 1, also of a single value', () => {
  const asked: number[] = []
  quantileResiduals([5], (p) => {
    asked.push(p)
    return p
  })
  for (const p of asked) expect(p > 0 && p < 1).toBe(true)
})
