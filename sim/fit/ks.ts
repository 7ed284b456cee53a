/**
 * Kolmogorov-Smirnov distance between a sample and a distribution: the largest gap between the
 * empirical and the given P(X <= x), looked at on both sides of each step of either. Tied values are one
 * step, so that a sample of one value fits a constant.
 * @param sorted ascending, not empty.
 */
export function ksStatistic(sorted: readonly number[], cdf: (x: number) => number): number {
  const n = sorted.length
  let distance = 0
  for (let first = 0; first < n; ) {
    const x = sorted[first]!
    let next = first + 1
    while (next < n && sorted[next] === x) next++
    const justBelow = x - 1e-9 * (1 + Math.abs(x))
    distance = Math.max(distance, Math.abs(cdf(justBelow) - first / n), Math.abs(cdf(x) - next / n))
    first = next
  }
  return distance
}

/** Asymptotic critical values for n independent values and a distribution that they did not shape (Smirnov 1948). */
export const ksCritical5 = (n: number): number => 1.358 / Math.sqrt(n)
export const ksCriticalPerMille = (n: number): number => 1.949 / Math.sqrt(n)
