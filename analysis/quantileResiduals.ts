/** One held-out value against the fitted distribution's quantile of its rank, in the unit of the sample. */
export interface QuantileResidual {
  fitted: number
  measured: number
  /** Where 95 % of samples of the fitted distribution would have this order statistic. */
  lo: number
  hi: number
}

/** Half the width of a 95 % interval in standard errors. */
const HALF_WIDTH = 1.96

/**
 * The residuals of a fit, value by value:
 *
 *     residual i = x(i) - Q((i - 0.5) / n)      x(i) the i-th smallest of n held-out values, Q the fitted quantile function
 *
 * with Q at the ends of the Wilson interval of (i - 0.5) / n around it, which keeps it within (0, 1). The interval holds for each value
 * alone: of many, one in twenty is outside even where the fit is exact.
 * Source: the worm plot, van Buuren and Fredriks, Statistics in Medicine 20 (2001); Wilson, JASA 22 (1927).
 * @param sample ascending.
 * @param quantile Q, for 0 < p < 1.
 */
export function quantileResiduals(
  sample: readonly number[],
  quantile: (p: number) => number,
): QuantileResidual[] {
  const n = sample.length
  return sample.map((measured, i) => {
    const p = (i + 0.5) / n
    const centre = (p + HALF_WIDTH ** 2 / (2 * n)) / (1 + HALF_WIDTH ** 2 / n)
    const half =
      (HALF_WIDTH / (1 + HALF_WIDTH ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + HALF_WIDTH ** 2 / (4 * n ** 2))
    return { fitted: quantile(p), measured, lo: quantile(centre - half), hi: quantile(centre + half) }
  })
}
