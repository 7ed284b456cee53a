import { mean, quantileSorted, sampleStandardDeviation } from 'simple-statistics'
import { cdfOf, type Distribution, type Family } from '../distribution.ts'
import { digamma } from '../special.ts'
import { ksStatistic } from './ks.ts'

/** Points of an empirical table: enough for the shape, few enough to read. */
const TABLE_POINTS = 100

/** A fit of one family by maximum likelihood, or null where the sample does not allow it. `sorted` is ascending, in ms. */
export type FamilyFit = (sorted: readonly number[]) => Distribution | null

/** The families that a fit tries; the others are written by hand. */
export type FittedFamily = Exclude<Family, 'hyperexponential' | 'mixture'>

export const FAMILY_FITS: Record<FittedFamily, FamilyFit> = {
  deterministic: (sorted) =>
    sorted.at(-1)! - sorted[0]! < 1e-9 ? { family: 'deterministic', value: sorted[0]! } : null,
  uniform: fitUniform,
  exponential: (sorted) =>
    mean([...sorted]) > 0 ? { family: 'exponential', mean: mean([...sorted]) } : null,
  gamma: fitGamma,
  lognormal: fitLognormal,
  weibull: fitWeibull,
  empirical: fitEmpirical,
}

/** Share of the values at each end that the robust fit of a range leaves out: a busy machine's few late wake-ups. */
const STRAGGLERS = 0.01

/**
 * The range, widened on each side by the mean gap: the unbiased version of the maximum likelihood estimate. One
 * straggler would stretch it, so the same is done without the outermost 1 % at each end; of the two the one
 * nearer to the sample (KS distance) is returned.
 */
function fitUniform(sorted: readonly number[]): Distribution | null {
  if (sorted.length < 2 || sorted.at(-1)! <= sorted[0]!) return null
  const whole = rangeWithout(0, sorted)
  const left = Math.ceil(STRAGGLERS * sorted.length)
  if (sorted.length < 20 || sorted[sorted.length - 1 - left]! <= sorted[left]!) return whole
  const trimmed = rangeWithout(left, sorted)
  const distance = (fit: Distribution) => ksStatistic(sorted, (x) => cdfOf(fit, x))
  return distance(trimmed) < distance(whole) ? trimmed : whole
}

/** From the order statistics without `left` at each end: of n uniform values the i-th is on average at i / (n + 1). */
function rangeWithout(left: number, sorted: readonly number[]): Distribution {
  const low = sorted[left]!
  const high = sorted[sorted.length - 1 - left]!
  const gap = (high - low) / (sorted.length - 1 - 2 * left)
  return {
    family: 'uniform',
    min: Math.max(0, low - (left + 1) * gap),
    max: high + (left + 1) * gap,
  }
}

/**
 * ln k - digamma(k) = s with s = ln(mean) - mean(ln), by Newton from Minka's approximation.
 * Source: Minka, Estimating a Gamma distribution (2002).
 */
function fitGamma(sorted: readonly number[]): Distribution | null {
  if (!varies(sorted) || sorted[0]! <= 0) return null
  const m = mean([...sorted])
  const s = Math.log(m) - mean(sorted.map(Math.log))
  if (!(s > 0)) return null
  let shape = (3 - s + Math.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
  for (let i = 0; i < 20; i++) {
    const step = 1e-5 * shape
    const f = (k: number) => Math.log(k) - digamma(k) - s
    const next = shape - (f(shape) * 2 * step) / (f(shape + step) - f(shape - step))
    if (!(next > 0) || Math.abs(next - shape) < 1e-10 * shape) break
    shape = next
  }
  return { family: 'gamma', shape, scale: m / shape }
}

function fitLognormal(sorted: readonly number[]): Distribution | null {
  if (!varies(sorted) || sorted[0]! <= 0) return null
  const logs = sorted.map(Math.log)
  return { family: 'lognormal', mu: mean(logs), sigma: sampleStandardDeviation(logs) }
}

/**
 * Shape k with sum(x^k ln x) / sum(x^k) - 1/k = mean(ln x), by bisection; scale (mean(x^k))^(1/k).
 * The left side rises in k, so the root is the only one. Source: Johnson, Kotz and Balakrishnan, Continuous
 * Univariate Distributions 1 (1994), 21.4.
 */
function fitWeibull(sorted: readonly number[]): Distribution | null {
  if (!varies(sorted) || sorted[0]! <= 0) return null
  const top = sorted.at(-1)!
  const scaled = sorted.map((x) => x / top)
  const logs = scaled.map(Math.log)
  const meanLog = mean(logs)
  const excess = (k: number) => {
    let weights = 0
    let weighted = 0
    for (let i = 0; i < scaled.length; i++) {
      const w = scaled[i]! ** k
      weights += w
      weighted += w * logs[i]!
    }
    return weighted / weights - 1 / k - meanLog
  }
  let low = 1e-3
  let high = 1e3
  if (excess(low) > 0 || excess(high) < 0) return null
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2
    if (excess(middle) < 0) low = middle
    else high = middle
  }
  const shape = (low + high) / 2
  return { family: 'weibull', shape, scale: top * mean(scaled.map((x) => x ** shape)) ** (1 / shape) }
}

/** Quantiles of type 7 at equal steps of probability. */
function fitEmpirical(sorted: readonly number[]): Distribution | null {
  if (sorted.length < 2) return null
  const points = Math.min(TABLE_POINTS, sorted.length - 1)
  const quantiles = Array.from({ length: points + 1 }, (_, i) =>
    rounded(quantileSorted([...sorted], i / points)),
  )
  return { family: 'empirical', quantiles: withMean(quantiles, mean([...sorted])) }
}

/**
 * The table with its last value lowered, as far as the one before it, until its mean is the sample's: between the last two quantiles
 * the table is a line, so one far straggler would count as hundredths of the values.
 */
function withMean(quantiles: readonly number[], meanMs: number): number[] {
  const last = quantiles.length - 1
  const tableMs = quantiles.reduce((sum, q, i) => sum + (i === 0 || i === last ? q / 2 : q), 0) / last
  const lowered = quantiles[last]! - 2 * last * Math.max(0, tableMs - meanMs)
  return [...quantiles.slice(0, last), rounded(Math.max(quantiles[last - 1]!, lowered))]
}

const varies = (sorted: readonly number[]) => sorted.length >= 3 && sorted.at(-1)! - sorted[0]! > 1e-9

/** Microseconds are finer than anything that was measured. */
const rounded = (ms: number) => Math.round(ms * 1000) / 1000
