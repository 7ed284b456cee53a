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
 *     hyperexponential  of its branches one by probability (they add up to 1), exponential with that branch's mean
 *     mixture        of its parts one by weight
 *     empirical      quantiles q_0..q_m at probabilities 0, 1/m, .., 1, linear in between
 */
export type Distribution =
  | { family: 'deterministic'; value: number }
  | { family: 'uniform'; min: number; max: number }
  | { family: 'exponential'; mean: number }
  | { family: 'gamma'; shape: number; scale: number }
  | { family: 'lognormal'; mu: number; sigma: number }
  | { family: 'weibull'; shape: number; scale: number }
  | { family: 'hyperexponential'; branches: readonly { probability: number; mean: number }[] }
  | { family: 'mixture'; parts: readonly { weight: number; distribution: Distribution }[] }
  | { family: 'empirical'; quantiles: readonly number[] }

export type Family = Distribution['family']

/** Mixtures inside mixtures: at most this many of them, counting the outermost. */
export const DEEPEST_MIXTURE = 3

/**
 * A sampler bound to one random stream: each call draws once. Written for the eye, by inverting distribution
 * functions where they can be inverted; the simulator's loop uses `Draws` (draws.ts), its fast twin.
 */
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
    case 'hyperexponential': {
      const { branches } = distribution
      const probabilities = branches.map(({ probability }) => probability)
      return () => branches[indexAt(probabilities, random())]!.mean * exponential(random)
    }
    case 'mixture': {
      const draws = distribution.parts.map((part) => sampler(part.distribution, random))
      const weights = distribution.parts.map(({ weight }) => weight)
      return () => draws[indexAt(weights, random())]!()
    }
    case 'empirical': {
      const { quantiles } = distribution
      return () => quantileAt(quantiles, random())
    }
  }
}

/** Where u in [0, 1) falls if [0, 1) is divided in proportion to the weights. */
function indexAt(weights: readonly number[], u: number): number {
  let rest = u * sumOf(weights)
  for (let i = 0; i < weights.length - 1; i++) {
    rest -= weights[i]!
    if (rest < 0) return i
  }
  return weights.length - 1
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** Mean of `of` over the parts of a mixture. */
function weighted(
  parts: readonly { weight: number; distribution: Distribution }[],
  of: (distribution: Distribution) => number,
): number {
  return (
    sumOf(parts.map(({ weight, distribution }) => weight * of(distribution))) /
    sumOf(parts.map(({ weight }) => weight))
  )
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
    case 'hyperexponential':
      return sumOf(distribution.branches.map(({ probability, mean }) => probability * mean))
    case 'mixture':
      return weighted(distribution.parts, meanOf)
    case 'empirical':
      return weighted(piecesOf(distribution.quantiles), meanOf)
  }
}

/** Variance in closed form, ms^2. */
export function varianceOf(distribution: Distribution): number {
  switch (distribution.family) {
    case 'deterministic':
      return 0
    case 'uniform':
      return (distribution.max - distribution.min) ** 2 / 12
    case 'exponential':
      return distribution.mean ** 2
    case 'gamma':
      return distribution.shape * distribution.scale ** 2
    case 'lognormal':
      return meanOf(distribution) ** 2 * Math.expm1(distribution.sigma ** 2)
    case 'weibull': {
      const { shape, scale } = distribution
      return scale ** 2 * (gammaFunction(1 + 2 / shape) - gammaFunction(1 + 1 / shape) ** 2)
    }
    case 'hyperexponential': {
      const mean = meanOf(distribution)
      return sumOf(
        distribution.branches.map((one) => one.probability * (one.mean ** 2 + (one.mean - mean) ** 2)),
      )
    }
    case 'mixture':
      return varianceOfMixture(distribution.parts)
    case 'empirical':
      return varianceOfMixture(piecesOf(distribution.quantiles))
  }
}

/** Mean of the variances and variance of the means. */
function varianceOfMixture(parts: readonly { weight: number; distribution: Distribution }[]): number {
  const mean = weighted(parts, meanOf)
  return weighted(parts, (part) => varianceOf(part) + (meanOf(part) - mean) ** 2)
}

/** A table of quantiles is a mixture of uniforms between its neighbours, all of the same weight. */
function piecesOf(quantiles: readonly number[]): { weight: number; distribution: Distribution }[] {
  if (quantiles.length === 1)
    return [{ weight: 1, distribution: { family: 'deterministic', value: quantiles[0]! } }]
  return quantiles.slice(1).map((max, i) => ({
    weight: 1,
    distribution: { family: 'uniform', min: quantiles[i]!, max },
  }))
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
    case 'hyperexponential':
      return x <= 0
        ? 0
        : sumOf(distribution.branches.map(({ probability, mean }) => probability * (1 - Math.exp(-x / mean))))
    case 'mixture':
      return weighted(distribution.parts, (part) => cdfOf(part, x))
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
