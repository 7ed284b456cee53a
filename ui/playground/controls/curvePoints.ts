import type { RatePoint } from '../../../traces/trace.ts'
import { HIGHEST_PER_S, LONGEST_S } from '../drawn.ts'

/* What can be done to the corners of a drawn curve. The first stays at 0, the last at the end; times are whole seconds. */

/** Point i moved there, as far as its neighbours let it. */
export function moved(points: readonly RatePoint[], i: number, to: RatePoint): RatePoint[] {
  const inner = i > 0 && i < points.length - 1
  const atMs = inner
    ? Math.min(points[i + 1]!.atMs, Math.max(points[i - 1]!.atMs, Math.round(to.atMs / 1000) * 1000))
    : points[i]!.atMs
  const ratePerS = Math.min(HIGHEST_PER_S, Math.max(0, Number(to.ratePerS.toFixed(1))))
  return points.with(i, { atMs, ratePerS })
}

/** With one more point, and its index. */
export function withPoint(
  points: readonly RatePoint[],
  point: RatePoint,
): { points: RatePoint[]; index: number } {
  const after = points.findIndex(({ atMs }) => atMs > point.atMs)
  const index = after <= 0 ? points.length - 1 : after
  return { points: moved(points.toSpliced(index, 0, point), index, point), index }
}

/** Halfway to the next one, or from the one before where it is the last. */
export function besides(points: readonly RatePoint[], i: number): RatePoint {
  const from = Math.min(i, points.length - 2)
  const [left, right] = [points[from]!, points[from + 1]!]
  return { atMs: (left.atMs + right.atMs) / 2, ratePerS: (left.ratePerS + right.ratePerS) / 2 }
}

/** Without point i, which is neither the first nor the last. */
export function withoutPoint(points: readonly RatePoint[], i: number): RatePoint[] {
  return i > 0 && i < points.length - 1 ? points.toSpliced(i, 1) : [...points]
}

/** The same curve over another length, s. */
export function ofLength(points: readonly RatePoint[], lengthS: number): RatePoint[] {
  const whole = Math.min(LONGEST_S, Math.max(points.length, Math.round(lengthS)))
  const factor = (whole * 1000) / points.at(-1)!.atMs
  return points.map(({ atMs, ratePerS }) => ({ atMs: Math.round((atMs * factor) / 1000) * 1000, ratePerS }))
}
