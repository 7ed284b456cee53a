import { cdfOf, type Distribution } from '../distribution.ts'

/** The least x with P(X <= x) >= p, by bisection of the distribution function. @param p 0 < p < 1. */
export function quantileOf(distribution: Distribution, p: number): number {
  let high = 1
  while (cdfOf(distribution, high) < p) high *= 2
  let low = 0
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2
    if (cdfOf(distribution, middle) < p) low = middle
    else high = middle
  }
  return high
}
