/**
 * Seasonal naive: what was there at the same place of the last season that is known,
 *
 *     x(t + h) = x(t + h - m ceil(h / m))
 *
 * m: samples a season; 1 has no season, and gives the last value. Null with less than a season of history.
 *
 * Source: Hyndman and Athanasopoulos, Forecasting: principles and practice, 3rd ed., 5.2.
 */
export function seasonalNaive(history: readonly number[], season: number, steps: number): number | null {
  if (history.length < season) return null
  return history[history.length - season + ((steps - 1) % season)]!
}
