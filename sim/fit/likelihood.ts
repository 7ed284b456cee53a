import { quantileSorted } from 'simple-statistics'

/** Bins over the range of the middle 98 %: as fine as a few hundred values allow. */
const BINS = 40
/** Share of the values that is taken to lie anywhere in it: one straggler must not rule a family out. */
const ANYWHERE = 0.01

/**
 * How improbable a sample is under a distribution that was fitted to other values: the mean of -ln p over the values, where p is
 * the probability of an interval of a fortieth of the range of the middle 98 % around the value, mixed with 1 % of a uniform one. Least is best. It
 * tells families apart better than the Kolmogorov-Smirnov distance does, because every value counts and not one gap alone.
 * Source of the score: Good, Rational decisions, JRSS B 14 (1952).
 * @param sorted ascending, at least two different values.
 */
export function heldOutSurprise(sorted: readonly number[], cdf: (x: number) => number): number {
  const middle = quantileSorted([...sorted], 0.99) - quantileSorted([...sorted], 0.01)
  const width = (middle || sorted.at(-1)! - sorted[0]!) / BINS
  const sum = sorted.reduce((total, x) => {
    const inside = cdf(x + width / 2) - cdf(x - width / 2)
    return total - Math.log(ANYWHERE / BINS + (1 - ANYWHERE) * inside)
  }, 0)
  return sum / sorted.length
}
