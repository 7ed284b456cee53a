import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { cdfOf, type Distribution, meanOf, sampler, varianceOf } from './distribution.ts'
import { Draws } from './draws.ts'
import { ksStatistic } from './fit/ks.ts'
import { gammaFunction } from './special.ts'

/**
 * Every row is judged with one fixed seed by four tests: mean and variance beyond 5 standard errors, a false alarm
 * of 6e-7 each by the normal law, and two Kolmogorov-Smirnov distances, 1e-6 each. So another seed fails one of
 * the 68 with probability below 6e-5. The lognormal with sigma 1.5 is an exception: its sample variance is
 * skewed itself, so false alarms of that test are more frequent.
 */
const DRAWS = 400_000
/**
 * P(sqrt(n) D > c) <= 2 exp(-2 c^2), for every n and also where the distribution has steps; 1e-6 gives 2.6934.
 * Source: Massart, The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality, Ann. Probab. 18(3), 1990.
 */
const KS_CRITICAL_1E6 = Math.sqrt(Math.log(2e6) / 2)

const HUMPS: Distribution = {
  family: 'mixture',
  parts: [
    { weight: 1, distribution: { family: 'uniform', min: 0, max: 10 } },
    { weight: 2, distribution: { family: 'gamma', shape: 2, scale: 30 } },
  ],
}
const ROWS: [string, Distribution][] = [
  ['uniform', { family: 'uniform', min: 5, max: 200 }],
  ['exponential', { family: 'exponential', mean: 30 }],
  ['gamma, shape 0.3', { family: 'gamma', shape: 0.3, scale: 20 }],
  ['gamma, shape 1', { family: 'gamma', shape: 1, scale: 20 }],
  ['gamma, shape 2.5', { family: 'gamma', shape: 2.5, scale: 3 }],
  ['gamma, shape 50', { family: 'gamma', shape: 50, scale: 0.1 }],
  ['lognormal, sigma 0.1', { family: 'lognormal', mu: 3, sigma: 0.1 }],
  ['lognormal, sigma 1.5', { family: 'lognormal', mu: 0, sigma: 1.5 }],
  ['weibull, shape 0.5', { family: 'weibull', shape: 0.5, scale: 40 }],
  ['weibull, shape 1', { family: 'weibull', shape: 1, scale: 40 }],
  ['weibull, shape 3', { family: 'weibull', shape: 3, scale: 40 }],
  ['hyperexponential, 2 branches', branches([0.9, 10], [0.1, 100])],
  ['hyperexponential, 3 branches', branches([0.2, 1], [0.5, 20], [0.3, 300])],
  ['mixture', HUMPS],
  [
    'mixture in a mixture in a mixture, with a constant',
    {
      family: 'mixture',
      parts: [
        { weight: 0.5, distribution: { family: 'deterministic', value: 5 } },
        { weight: 0.3, distribution: { family: 'mixture', parts: [{ weight: 7, distribution: HUMPS }] } },
        { weight: 0.2, distribution: branches([0.5, 1], [0.5, 50]) },
      ],
    },
  ],
  ['empirical', { family: 'empirical', quantiles: [0, 10, 12, 13, 50] }],
  ['empirical with ties', { family: 'empirical', quantiles: [2, 2, 2, 7, 7, 9, 30, 30] }],
]

describe.each(ROWS)('%s', (_name, distribution) => {
  const draws = new Draws(distribution, stream(17, 'draws'))
  const sample = Array.from({ length: DRAWS }, () => draws.next())
  const moments = sampleMoments(sample)
  const variance = varianceOf(distribution)

  it('has the mean of its formula', () => {
    expect(Math.abs(moments.mean - meanOf(distribution))).toBeLessThan(5 * Math.sqrt(variance / DRAWS))
  })

  it('has the variance of its formula', () => {
    const spread = Math.sqrt((centralMoment4(distribution) - variance ** 2) / DRAWS)
    expect(Math.abs(moments.variance - variance)).toBeLessThan(5 * spread)
  })

  it('has the distribution function of its formula', () => {
    const sorted = [...Float64Array.from(sample).sort()]
    const distance = ksStatistic(sorted, (x) => cdfOf(distribution, x))
    expect(Math.sqrt(DRAWS) * distance).toBeLessThan(KS_CRITICAL_1E6)
  })

  it('has formulas for mean and variance that agree with its raw moments', () => {
    const [m1, m2] = [rawMoment(distribution, 1), rawMoment(distribution, 2)]
    expect(meanOf(distribution) / m1).toBeCloseTo(1, 10)
    expect(variance / (m2 - m1 ** 2)).toBeCloseTo(1, 10)
  })

  it('has the law of its slow twin', () => {
    const slow = sampler(distribution, stream(18, 'draws'))
    const [a, b] = [sample.slice(0, 40_000), Array.from({ length: 40_000 }, slow)]
    // Two samples of n are judged as one of n/2: Wei and Dudley, Stat. Probab. Letters 82(3), 2012.
    expect(Math.sqrt(20_000) * twoSampleDistance(a, b)).toBeLessThan(KS_CRITICAL_1E6)
  })

  it('gives the same values for the same seed, however the calls are spread', () => {
    const [one, other] = [0, 1].map(() => new Draws(distribution, stream(5, 'same')))
    const first = Array.from({ length: 1500 }, () => one!.next())
    const second: number[] = []
    for (let pause = 1; second.length < 1500; pause++) {
      new Draws(distribution, stream(pause, 'another')).next()
      for (let i = 0; i < pause && second.length < 1500; i++) second.push(other!.next())
    }
    expect(second).toEqual(first)
    expect(first.every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
  })
})

it('a constant takes nothing from its stream, and nothing is drawn before the first call', () => {
  let calls = 0
  const counting = () => {
    calls++
    return 0.5
  }
  const constant = new Draws({ family: 'deterministic', value: 7 }, counting)
  expect(Array.from({ length: 2000 }, () => constant.next()).every((value) => value === 7)).toBe(true)
  const idle = new Draws({ family: 'uniform', min: 0, max: 1 }, counting)
  expect(calls).toBe(0)
  idle.next()
  expect(calls).toBe(16)
})

it('uses every value of its stream, in order, from block to block', () => {
  const draws = new Draws({ family: 'uniform', min: 0, max: 1 }, stream(4, 'order'))
  const plain = stream(4, 'order')
  for (let i = 0; i < 3000; i++) expect(draws.next()).toBe(plain())
})

it('draws of many objects do not mix, although their blocks lie in one array', () => {
  const values = Array.from({ length: 40 }, (_, value) => value)
  const all = values.map((value) => new Draws({ family: 'deterministic', value }, () => 0))
  for (let round = 0; round < 700; round++) expect(all.map((draws) => draws.next())).toEqual(values)
})

function branches(...rows: [probability: number, mean: number][]): Distribution {
  return { family: 'hyperexponential', branches: rows.map(([probability, mean]) => ({ probability, mean })) }
}

/** E[X^k], another way to mean and variance than that of distribution.ts. */
function rawMoment(distribution: Distribution, k: number): number {
  switch (distribution.family) {
    case 'deterministic':
      return distribution.value ** k
    case 'uniform':
      return uniformMoment(distribution.min, distribution.max, k)
    case 'exponential':
      return gammaFunction(k + 1) * distribution.mean ** k
    case 'gamma': {
      const { shape, scale } = distribution
      return scale ** k * Array.from({ length: k }, (_, i) => shape + i).reduce((a, b) => a * b)
    }
    case 'lognormal':
      return Math.exp(k * distribution.mu + (k * distribution.sigma) ** 2 / 2)
    case 'weibull':
      return distribution.scale ** k * gammaFunction(1 + k / distribution.shape)
    case 'hyperexponential':
      return distribution.branches.reduce(
        (sum, b) => sum + b.probability * gammaFunction(k + 1) * b.mean ** k,
        0,
      )
    case 'mixture': {
      const total = distribution.parts.reduce((sum, part) => sum + part.weight, 0)
      return distribution.parts.reduce((sum, p) => sum + (p.weight / total) * rawMoment(p.distribution, k), 0)
    }
    case 'empirical': {
      const q = distribution.quantiles
      return q.slice(1).reduce((sum, top, i) => sum + uniformMoment(q[i]!, top, k) / (q.length - 1), 0)
    }
  }
}

function uniformMoment(min: number, max: number, k: number): number {
  return min === max ? min ** k : (max ** (k + 1) - min ** (k + 1)) / ((k + 1) * (max - min))
}

function centralMoment4(distribution: Distribution): number {
  const [m1, m2, m3, m4] = [1, 2, 3, 4].map((k) => rawMoment(distribution, k)) as [
    number,
    number,
    number,
    number,
  ]
  return m4 - 4 * m1 * m3 + 6 * m1 ** 2 * m2 - 3 * m1 ** 4
}

function sampleMoments(sample: readonly number[]): { mean: number; variance: number } {
  const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length
  return { mean, variance: sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1) }
}

/** Largest gap between two empirical distribution functions of samples of the same size. */
function twoSampleDistance(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a, b].map((values) => Float64Array.from(values).sort()) as [Float64Array, Float64Array]
  let distance = 0
  for (let i = 0, j = 0; i < x.length && j < y.length; ) {
    const at = Math.min(x[i]!, y[j]!)
    while (i < x.length && x[i]! <= at) i++
    while (j < y.length && y[j]! <= at) j++
    distance = Math.max(distance, Math.abs(i - j) / x.length)
  }
  return distance
}
