import { leastSquares } from './leastSquares.ts'

/**
 * AR(p) by least squares with a ridge, about the mean of the history:
 *
 *     z(t) = x(t) - mean          z(t) = a1 z(t-1) + ... + ap z(t-p)
 *
 * iterated for several steps. The penalty is `ridge` times the squared deviations of the history, so that it does not depend on
 * their unit; it draws the forecast to the mean. The iterated forecast of an unstable fit can run away, so it is kept
 * within the history's range, widened by its width on both sides. Null with fewer than 2 p + 2 samples, and where there is no fit.
 *
 * Source: Hamilton, Time Series Analysis (1994), 4.2 and 5.2; ridge: Hoerl and Kennard, Technometrics 12 (1970).
 */
export function autoregression(
  history: readonly number[],
  { order, ridge }: { order: number; ridge: number },
  steps: number,
): number | null {
  if (history.length < 2 * order + 2) return null
  const mean = history.reduce((sum, x) => sum + x, 0) / history.length
  const z = history.map((x) => x - mean)
  const squares = z.reduce((sum, value) => sum + value * value, 0)
  if (squares === 0) return mean
  const rows = z.slice(order).map((_, i) => lags(z, i + order, order))
  const coefficients = leastSquares(rows, z.slice(order), ridge * squares)
  if (coefficients === null) return null
  const path = [...z]
  for (let step = 0; step < steps; step++) {
    path.push(lags(path, path.length, order).reduce((sum, value, i) => sum + coefficients[i]! * value, 0))
  }
  return withinReach(history, mean + path.at(-1)!)
}

/** The `order` values before place `at`, the latest first. */
function lags(z: readonly number[], at: number, order: number): number[] {
  return Array.from({ length: order }, (_, i) => z[at - 1 - i]!)
}

function withinReach(history: readonly number[], forecast: number): number {
  const low = Math.min(...history)
  const high = Math.max(...history)
  return Math.min(2 * high - low, Math.max(2 * low - high, forecast))
}
