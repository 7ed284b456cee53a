/**
 * Kolmogorov-Smirnov distance between a sample and a distribution: the largest gap between the
 * empirical and the given P(X <= x), looked at on both sides of each step.
 * @param sorted ascending, not empty.
 */
export function ksStatistic(sorted: readonly number[], cdf: (x: number) => number): number {
  const n = sorted.length
  let distance = 0
  for (let i = 0; i < n; i++) {
    const p = cdf(sorted[i]!)
    distance = Math.max(distance, p - i / n, (i + 1) / n - p)
  }
  return distance
}

/** Asymptotic 5 % critical value for n independent values and a distribution that they did not shape. */
export const ksCritical5 = (n: number): number => 1.358 / Math.sqrt(n)
