import type { Estimate } from '../../analysis/bootstrap.ts'

/** 97.5 % quantile of the standard normal distribution. */
const Z = 1.959964

/**
 * A share with its 95 % interval, that of Wilson's score, which also tells something where nothing was counted.
 * Source: Wilson, JASA 22 (1927), 209.
 * @param all at least 1.
 */
export function shareEstimate(count: number, all: number): Estimate {
  const p = count / all
  const z2 = Z ** 2 / all
  const middle = (p + z2 / 2) / (1 + z2)
  const half = (Z * Math.sqrt((p * (1 - p)) / all + z2 / (4 * all))) / (1 + z2)
  return {
    estimate: p,
    lo: count === 0 ? 0 : Math.max(0, middle - half),
    hi: count === all ? 1 : Math.min(1, middle + half),
  }
}
