import { mean, sampleVariance } from 'simple-statistics'

/**
 * I = s² / m of the counts in windows of equal length: 1 for a Poisson stream, 0 for an even one. For a Poisson stream
 * (n - 1) I is nearly chi-squared with n - 1 degrees of freedom (Cox and Lewis, The Statistical Analysis of Series of
 * Events, 1966, 6.3), so I has a standard deviation of sqrt(2 / (n - 1)): `sd`.
 */
export interface Dispersion {
  windowMs: number
  windows: number
  index: number
  sd: number
}

/** Whole windows of [0, durationMs) only. */
export function dispersionOf(atMs: ArrayLike<number>, windowMs: number, durationMs: number): Dispersion {
  const windows = Math.floor(durationMs / windowMs)
  const counts = new Array<number>(windows).fill(0)
  for (let i = 0; i < atMs.length; i++) {
    const window = Math.floor(atMs[i]! / windowMs)
    if (window < windows) counts[window]!++
  }
  return { windowMs, windows, index: sampleVariance(counts) / mean(counts), sd: Math.sqrt(2 / (windows - 1)) }
}

/** What an index may be for the wire to pass as Poisson. */
export const INDEX_BOUNDS = { low: 0.8, high: 1.3 } as const
/** Standard deviations that must fit between 1 and the nearer bound, or the verdict would be chance. */
const SDS = 3

/** Windows of 10 ms, 100 ms and 1 s, as far as there are enough of them: 1 s needs seven and a half minutes. */
export function tellingWindowsMs(durationMs: number): number[] {
  const fewest = 1 + 2 * (SDS / (1 - INDEX_BOUNDS.low)) ** 2
  return [10, 100, 1000].filter((windowMs) => durationMs / windowMs >= fewest)
}
