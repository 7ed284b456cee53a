import { assert } from '../base/assert.ts'

/**
 * The t that a Student variable stays within, on both sides, with probability `confidence`: the quantile at
 * (1 + confidence) / 2. By bisection of P(|T| <= t) over theta = atan(t / sqrt(nu)), from 0 to pi/2.
 * @param degrees nu, a whole number >= 1. @param confidence between 0 and 1.
 */
export function studentT(degrees: number, confidence: number): number {
  assert(Number.isInteger(degrees) && degrees >= 1, `Student's t with ${degrees} degrees of freedom`)
  assert(confidence > 0 && confidence < 1, `a confidence of ${confidence}`)
  let low = 0
  let high = Math.PI / 2
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (probabilityWithin(middle, degrees) < confidence) low = middle
    else high = middle
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2)
}

/**
 * P(|T| <= sqrt(nu) tan theta), exact for whole nu, with c = cos theta and s = sin theta:
 *
 *     nu even   s (1 + 1/2 c^2 + (1 3)/(2 4) c^4 + .. + (1 3 .. (nu-3))/(2 4 .. (nu-2)) c^(nu-2))
 *     nu odd    2/pi (theta + s (c + 2/3 c^3 + .. + (2 4 .. (nu-3))/(3 5 .. (nu-2)) c^(nu-2)))
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
 */
function probabilityWithin(theta: number, degrees: number): number {
  const s = Math.sin(theta)
  const c = Math.cos(theta)
  const odd = degrees % 2 === 1
  let term = odd ? c : 1
  let series = 0
  for (let power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
    series += term
    term *= (c * c * (power + 1)) / (power + 2)
  }
  return odd ? (2 / Math.PI) * (theta + s * series) : s * series
}
