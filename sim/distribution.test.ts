import { mean } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { cdfOf, type Distribution, meanOf, quantileAt, sampler, varianceOf } from './distribution.ts'
import { ksCritical5, ksStatistic } from './fit/ks.ts'

const DRAWS = 20_000
const FAMILIES: Distribution[] = [
  { family: 'uniform', min: 5, max: 200 },
  { family: 'exponential', mean: 30 },
  { family: 'gamma', shape: 0.6, scale: 20 },
  { family: 'gamma', shape: 7, scale: 3 },
  { family: 'lognormal', mu: 3, sigma: 0.5 },
  { family: 'weibull', shape: 1.7, scale: 40 },
  {
    family: 'hyperexponential',
    branches: [
      { probability: 0.8, mean: 10 },
      { probability: 0.2, mean: 60 },
    ],
  },
  {
    family: 'mixture',
    parts: [
      { weight: 3, distribution: { family: 'uniform', min: 0, max: 5 } },
      { weight: 1, distribution: { family: 'lognormal', mu: 3, sigma: 0.2 } },
    ],
  },
  { family: 'empirical', quantiles: [0, 10, 12, 13, 50] },
]

describe.each(FAMILIES)('$family', (distribution) => {
  const draw = sampler(distribution, stream(11, 'test'))
  const sample = Array.from({ length: DRAWS }, draw).sort((a, b) => a - b)

  it('draws what its distribution function says', () => {
    expect(ksStatistic(sample, (x) => cdfOf(distribution, x))).toBeLessThan(ksCritical5(DRAWS))
  })

  it('has the mean that it says, within 2 %', () => {
    expect(Math.abs(mean(sample) / meanOf(distribution) - 1)).toBeLessThan(0.02)
  })
})

/** By hand; draws.test.ts checks every family against its raw moments and its draws. */
it('mean and variance: worked examples', () => {
  const branches = [
    { probability: 0.9, mean: 10 },
    { probability: 0.1, mean: 110 },
  ]
  const twice: Distribution = { family: 'hyperexponential', branches }
  expect(meanOf(twice)).toBeCloseTo(20, 12)
  // E[X^2] = 2 (0.9 10^2 + 0.1 110^2) = 2600
  expect(varianceOf(twice)).toBeCloseTo(2600 - 400, 10)
  const parts = [1, 3].map((weight) => ({
    weight,
    distribution: { family: 'deterministic', value: 8 * weight } as const,
  }))
  expect(meanOf({ family: 'mixture', parts })).toBe(20)
  expect(varianceOf({ family: 'mixture', parts })).toBe((12 ** 2 + 3 * 4 ** 2) / 4)
  expect(cdfOf({ family: 'mixture', parts }, 23.9)).toBe(0.25)
  expect(varianceOf({ family: 'empirical', quantiles: [3, 15] })).toBe(12)
  expect(meanOf({ family: 'empirical', quantiles: [7] })).toBe(7)
})

it('a table of quantiles is read linearly', () => {
  expect([0, 0.125, 0.5, 1].map((p) => quantileAt([0, 10, 20, 30, 100], p))).toEqual([0, 5, 20, 100])
})
