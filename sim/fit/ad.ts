/** Nearest to 0 and 1 that a probability is taken: one value outside a bounded distribution must not be infinitely far. */
const NEAREST = 1e-12

/**
 * Anderson-Darling distance between a sample and a distribution,
 *
 *     A2 = -n - 1/n sum (2i - 1) (ln F(x_i) + ln(1 - F(x_{n+1-i})))        i = 1 .. n, x ascending
 *
 * which weighs the tails more than Kolmogorov-Smirnov's. Source: Anderson and Darling, A test of goodness of fit,
 * JASA 49 (1954).
 * @param sorted ascending, not empty.
 */
export function adStatistic(sorted: readonly number[], cdf: (x: number) => number): number {
  const n = sorted.length
  const p = sorted.map((x) => Math.min(1 - NEAREST, Math.max(NEAREST, cdf(x))))
  let sum = 0
  for (let i = 0; i < n; i++) sum += (2 * i + 1) * (Math.log(p[i]!) + Math.log1p(-p[n - 1 - i]!))
  return -n - sum / n
}

/**
 * Critical values for a distribution that the sample did not shape, any n from 5 on. Source: Stephens, JASA 69 (1974),
 * case 0; D'Agostino and Stephens, Goodness-of-Fit Techniques (1986), table 4.2.
 */
export const AD_CRITICAL_5 = 2.492
export const AD_CRITICAL_PER_MILLE = 6
