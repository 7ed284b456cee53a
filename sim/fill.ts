import type { Random } from '../base/random.ts'
import { exponentialDraw, normalDraw } from '../base/ziggurat.ts'
import type { Distribution } from './distribution.ts'

/** Most draws made at once. */
export const BLOCK = 512

/** Writes the next `count` draws to the start of `block`; at most BLOCK. */
export type Fill = (block: Float64Array, count: number) => void

/** The loop that fills blocks with draws of one distribution from one stream. */
export function fillOf(distribution: Distribution, random: Random): Fill {
  switch (distribution.family) {
    case 'deterministic':
      return (block, count) => block.fill(distribution.value, 0, count)
    case 'uniform':
      return fillUniform(distribution.min, distribution.max, random)
    case 'exponential':
      return fillExponential(distribution.mean, random)
    case 'gamma':
      return fillGamma(distribution.shape, distribution.scale, random)
    case 'lognormal':
      return fillLognormal(distribution.mu, distribution.sigma, random)
    case 'weibull':
      return fillWeibull(distribution.shape, distribution.scale, random)
    case 'hyperexponential':
      return fillHyperexponential(distribution.branches, random)
    case 'mixture':
      return fillMixture(distribution.parts, random)
    case 'empirical':
      return fillEmpirical(distribution.quantiles, random)
  }
}

function fillUniform(min: number, max: number, random: Random): Fill {
  const width = max - min
  return (block, count) => {
    for (let i = 0; i < count; i++) block[i] = min + width * random()
  }
}

function fillExponential(mean: number, random: Random): Fill {
  return (block, count) => {
    for (let i = 0; i < count; i++) block[i] = mean * exponentialDraw(random)
  }
}

function fillLognormal(mu: number, sigma: number, random: Random): Fill {
  return (block, count) => {
    for (let i = 0; i < count; i++) block[i] = Math.exp(mu + sigma * normalDraw(random))
  }
}

function fillWeibull(shape: number, scale: number, random: Random): Fill {
  const power = 1 / shape
  return (block, count) => {
    for (let i = 0; i < count; i++) block[i] = scale * exponentialDraw(random) ** power
  }
}

/**
 * Gamma with shape k >= 1 and scale 1: d (1 + c x)^3 with d = k - 1/3, c = 1/sqrt(9 d) and x normal, kept by
 * rejection; the first test needs no logarithm and keeps nearly all. For k < 1: gamma(k + 1) U^(1/k).
 * Source: Marsaglia and Tsang, A simple method for generating gamma variables, ACM TOMS 26(3), 2000, and its remark 6.
 */
function fillGamma(shape: number, scale: number, random: Random): Fill {
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  return (block, count) => {
    for (let i = 0; i < count; ) {
      const x = normalDraw(random)
      const root = 1 + c * x
      if (root <= 0) continue
      const v = root * root * root
      const u = 1 - random()
      const square = x * x
      const isKept = u < 1 - 0.0331 * square * square || Math.log(u) < square / 2 + d * (1 - v + Math.log(v))
      if (!isKept) continue
      const boost = shape < 1 ? random() ** (1 / shape) : 1
      block[i++] = scale * d * v * boost
    }
  }
}

function fillHyperexponential(
  branches: readonly { probability: number; mean: number }[],
  random: Random,
): Fill {
  const bounds = boundsOf(branches.map(({ probability }) => probability))
  const means = Float64Array.from(branches, ({ mean }) => mean)
  return (block, count) => {
    for (let i = 0; i < count; i++) block[i] = means[pick(bounds, random())]! * exponentialDraw(random)
  }
}

/** First who comes from which part, then the draws of each part: so that each is made by its own loop. */
function fillMixture(parts: readonly { weight: number; distribution: Distribution }[], random: Random): Fill {
  const bounds = boundsOf(parts.map(({ weight }) => weight))
  const fills = parts.map(({ distribution }) => fillOf(distribution, random))
  const partOf = new Uint8Array(BLOCK)
  const own = new Float64Array(BLOCK)
  return (block, count) => {
    const counts = new Uint16Array(parts.length)
    for (let i = 0; i < count; i++) {
      const part = pick(bounds, random())
      partOf[i] = part
      counts[part]! += 1
    }
    for (let part = 0; part < fills.length; part++) {
      fills[part]!(own, counts[part]!)
      for (let i = 0, next = 0; i < count; i++) if (partOf[i] === part) block[i] = own[next++]!
    }
  }
}

/** The quantile function at a uniform: linear between the points of the table. */
function fillEmpirical(quantiles: readonly number[], random: Random): Fill {
  // The last point twice, so that the one above it can be read where the product is rounded up to it.
  const points = Float64Array.from([...quantiles, quantiles.at(-1)!])
  const steps = quantiles.length - 1
  return (block, count) => {
    for (let i = 0; i < count; i++) {
      const position = random() * steps
      const below = position | 0
      const low = points[below]!
      block[i] = low + (points[below + 1]! - low) * (position - below)
    }
  }
}

/** Upper ends of the pieces of [0, 1) that weights have in turn. */
function boundsOf(weights: readonly number[]): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const bounds = Float64Array.from(weights, (weight) => {
    sum += weight
    return sum / total
  })
  bounds[weights.length - 1] = 1
  return bounds
}

/** The piece that u in [0, 1) falls into. */
function pick(bounds: Float64Array, u: number): number {
  let i = 0
  while (u >= bounds[i]!) i++
  return i
}
