import { medianSorted, quantileSorted } from 'simple-statistics'

/** Of y over x, with a 95 % interval. */
export interface Slope {
  estimate: number
  lo: number
  hi: number
}

/** The 97.5th percentile of the standard normal distribution. */
const Z = 1.96

/**
 * Theil and Sen's slope: the median of the slopes between all pairs, which a few peaks do not move. The interval takes
 * the pairs around it by the variance of Kendall's S without ties, n (n - 1) (2n + 5) / 18 (Sen 1968, JASA 63, 1379).
 * Samples that resemble their neighbours make it too narrow. At least three points.
 */
export function theilSen(points: readonly (readonly [x: number, y: number])[]): Slope {
  const n = points.length
  const slopes: number[] = []
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      slopes.push((points[j]![1] - points[i]![1]) / (points[j]![0] - points[i]![0]))
  slopes.sort((a, b) => a - b)
  const halfWidth = Math.min(0.5, (Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / (2 * slopes.length))
  return {
    estimate: medianSorted(slopes),
    lo: quantileSorted(slopes, 0.5 - halfWidth),
    hi: quantileSorted(slopes, 0.5 + halfWidth),
  }
}
