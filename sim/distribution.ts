import { exponential, normal, type Random } from '../base/random.ts'
import { gammaFunction, lowerGammaRegularised, normalCdf } from './special.ts'

/**
 * The families of times (ms) that a model may use.
 *
 *     deterministic  value
 *     uniform        on [min, max]
 *     exponential    mean
 *     gamma          shape k, scale s: mean k s
 *     lognormal      ln X is normal(mu, sigma)
 *     weibull        shape k, scale s: P(X > x) = exp(-(x/s)^k)
 *     empirical      quantiles q_0..q_m at probabilities 0, 1/m, .., 1, linear in between
 */
export type Distribution =
  | { family: 'deterministic'; value: number }
  | { family: 'uniform'; min: number; max: number }
  | { family: 'exponential'; mean: number }
  | { family: 'gamma'; shape: number; scale: number }
  | { family: 'lognormal'; mu: number; sigma: number }
  | { family: 'weibull'; shape: number; scale: number }
  | { family: 'empirical'; quantiles: readonly number[] }

export type Family = Distribution['family']

/** A sampler bound to one random stream: each call draws once. */
export function sampler(distribution: Distribution, random: Random): () => number {
  switch (distribution.family) {
    case 'deterministic': {
      const { value } = distribution
      return () => value
    }
    case 'uniform': {
      const { min, max } = distribution
      return () => min + (max - min) * random()
    }
    case 'exponential': {
      const { mean } = distribution
      return () => mean * exponential(random)
    }
    case 'gamma': {
      const { shape, scale } = distribution
      return () => scale * gammaDraw(shape, random)
    }
    case 'lognormal': {
      const { mu, sigma } = distribution
      return () => Math.exp(mu + sigma * normal(random))
    }
    case 'weibull': {
      const { shape, scale } = distribution
      return () => scale * exponential(random) ** (1 / shape)
    }
    case 'empirical': {
      const { quantiles } = distribution
      return () => quantileAt(quantiles, random())
    }
  }
}

/** Quantile function of an empirical table: linear between its points. */
export function quantileAt(quantiles: readonly number[], probability: number): number {
  const position = probability * (quantiles.length - 1)
  const below = Math.min(Math.floor(position), quantiles.length - 1)
  const above = Math.min(below + 1, quantiles.length - 1)
  return quantiles[below]! + (quantiles[above]! - quantiles[below]!) * (position - below)
}

/**
 * Gamma with scale 1, shape k, by squeeze and rejection from a cubed normal.
 * Source: Marsaglia and Tsang, A simple method for generating gamma variables, ACM TOMS 26(3), 2000;
 * for k < 1 with their remark 6: gamma(k) = gamma(k + 1) U^(1/k).
 */
function gammaDraw(shape: number, random: Random): number {
  if (shape < 1) return gammaDraw(shape + 1, random) * random() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const v = (1 + c * x) ** 3
    if (v <= 0) continue
    const u = random()
    if (Math.log(1 - u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** Mean in closed form, ms. */
export function meanOf(distribution: Distribution): number {
  switch (distribution.family) {
    case 'deterministic':
      return distribution.value
    case 'uniform':
      return (distribution.min + distribution.max) / 2
    case 'exponential':
      return distribution.mean
    case 'gamma':
      return distribution.shape * distribution.scale
    case 'lognormal':
      return Math.exp(distribution.mu + distribution.sigma ** 2 / 2)
    case 'weibull':
      return distribution.scale * gammaFunction(1 + 1 / distribution.shape)
    case 'empirical': {
      const q = distribution.quantiles
      let sum = 0
      for (let i = 1; i < q.length; i++) sum += (q[i - 1]! + q[i]!) / 2
      return q.length > 1 ? sum / (q.length - 1) : q[0]!
    }
  }
}

/** P(X <= x). The regularised incomplete gamma comes from sim/special.ts. */
export function cdfOf(distribution: Distribution, x: number): number {
  switch (distribution.family) {
    case 'deterministic':
      return x >= distribution.value ? 1 : 0
    case 'uniform':
      return Math.min(1, Math.max(0, (x - distribution.min) / (distribution.max - distribution.min)))
    case 'exponential':
      return x <= 0 ? 0 : 1 - Math.exp(-x / distribution.mean)
    case 'gamma':
      return x <= 0 ? 0 : lowerGammaRegularised(distribution.shape, x / distribution.scale)
    case 'lognormal':
      return x <= 0 ? 0 : normalCdf((Math.log(x) - distribution.mu) / distribution.sigma)
    case 'weibull':
      return x <= 0 ? 0 : 1 - Math.exp(-((x / distribution.scale) ** distribution.shape))
    case 'empirical':
      return empiricalCdf(distribution.quantiles, x)
  }
}

function empiricalCdf(quantiles: readonly number[], x: number): number {
  const last = quantiles.length - 1
  if (x < quantiles[0]!) return 0
  if (x >= quantiles[last]!) return 1
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (quantiles[middle]! <= x) low = middle
    else high = middle
  }
  const gap = quantiles[high]! - quantiles[low]!
  return (low + (gap > 0 ? (x - quantiles[low]!) / gap : 0)) / last
}
