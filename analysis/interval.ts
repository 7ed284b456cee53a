import { mean, sampleStandardDeviation } from 'simple-statistics'
import { studentT } from './studentT.ts'

/** Runs below this number have no distribution-free 90 % interval: their range covers less. */
export const FEWEST_FOR_INTERVAL = 19

export interface PredictionInterval {
  mean: number
  lo: number
  hi: number
}

/**
 * Mean and the interval into which one further run falls with probability `coverage`, whatever the
 * distribution: of n exchangeable values, a further one lies below the k-th smallest with probability
 * k / (n + 1). Between ranks linear (quantile type 6); with fewer than 2 / (1 - coverage) - 1 values
 * (19 for 90 %) it is the range, which covers less. Null where there is no value.
 * Source: Wilks, Annals of Mathematical Statistics 12 (1941); Hyndman and Fan, American Statistician 50 (1996).
 */
export function predictionInterval(values: readonly number[], coverage = 0.9): PredictionInterval | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const tail = (1 - coverage) / 2
  return { mean: mean(sorted), lo: type6(sorted, tail), hi: type6(sorted, 1 - tail) }
}

/**
 * The mean of independent replications and how far on either side of it the expected value lies with
 * probability `confidence`:
 *
 *     halfWidth = t s / sqrt(n)      t Student's with n - 1 degrees of freedom, s the sample standard deviation
 *
 * Null with fewer than two values: they tell no spread.
 * Source: Law, Simulation Modeling and Analysis, 5th edition, section 4.5.
 */
export function meanInterval(
  values: readonly number[],
  confidence = 0.95,
): { mean: number; halfWidth: number } | null {
  const n = values.length
  if (n < 2) return null
  const deviation = sampleStandardDeviation([...values])
  return { mean: mean([...values]), halfWidth: (studentT(n - 1, confidence) * deviation) / Math.sqrt(n) }
}

/** Quantile at rank p (n + 1), held within the range. */
function type6(sorted: readonly number[], p: number): number {
  const exact = Number((p * (sorted.length + 1)).toPrecision(12))
  const rank = Math.min(sorted.length, Math.max(1, exact))
  const below = Math.floor(rank)
  const lower = sorted[below - 1]!
  const upper = sorted[Math.min(sorted.length, below + 1) - 1]!
  return lower + (upper - lower) * (rank - below)
}
