import { mean, sampleVariance } from 'simple-statistics'
import { studentT } from './studentT.ts'

/** Two-sided 5 % and power 80 % as normal quantiles. */
const NORMAL_SUM = 1.95996 + 0.84162
const MOST = 10_000

/**
 * How many repeats of each of two policies would tell their means apart, by a two-sided test at 5 % that
 * finds the difference with 80 %:
 *
 *     n >= 2 (t + 0.84)^2 s^2 / d^2      s^2 the pooled variance of the repeats, d the difference seen
 *
 * with Student's t at 2 (n - 1) degrees of freedom, found by counting up from the normal approximation.
 * Null where it cannot be told: fewer than two repeats of one, or no difference at all; 2 where the repeats do not
 * vary. More than 10,000 are 10,000.
 * Source: Chow, Shao and Wang, Sample Size Calculations in Clinical Research (2008), 3.2.
 */
export function repeatsToTell(a: readonly number[], b: readonly number[]): number | null {
  if (a.length < 2 || b.length < 2) return null
  const difference = mean([...a]) - mean([...b])
  if (difference === 0) return null
  const degrees = a.length + b.length - 2
  const pooled = ((a.length - 1) * sampleVariance([...a]) + (b.length - 1) * sampleVariance([...b])) / degrees
  const noise = (2 * pooled) / difference ** 2
  if (noise * NORMAL_SUM ** 2 > MOST) return MOST
  let n = Math.max(2, Math.ceil(noise * NORMAL_SUM ** 2))
  while (n < MOST && n < noise * (studentT(2 * (n - 1), 0.95) + 0.84162) ** 2) n++
  return n
}
