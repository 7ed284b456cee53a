import { mean } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { cdfOf, type Distribution, meanOf, quantileAt, sampler } from './distribution.ts'
import { ksCritical5, ksStatistic } from './fit/ks.ts'

const DRAWS = 20_000
const FAMILIES: Distribution[] = [
  { family: 'uniform', min: 5, max: 200 },
  { family: 'exponential', mean: 30 },
  { family: 'gamma', shape: 0.6, scale: 20 },
  { family: 'gamma', shape: 7, scale: 3 },
  { family: 'lognormal', mu: 3, sigma: 0.5 },
  { family: 'weibull', shape: 1.7, scale: 40 },
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

it('a table of quantiles is read linearly', () => {
  expect([0, 0.125, 0.5, 1].map((p) => quantileAt([0, 10, 20, 30, 100], p))).toEqual([0, 5, 20, 100])
})
