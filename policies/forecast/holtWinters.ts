/** Smoothing from 0 (never learns) to 1 (the last sample alone). */
export interface HoltWintersSettings {
  /** alpha, of the level. */
  level: number
  /** beta*, of the trend. */
  trend: number
  /** gamma, of the season. */
  season: number
  /** phi: what is left of the trend after each further step. */
  damping: number
  /** m: samples a season; 1 for none. */
  period: number
}

/**
 * Damped additive Holt-Winters over the whole history:
 *
 *     l = alpha (x - s[t-m]) + (1 - alpha) (l' + phi b')        level
 *     b = beta (l - l') + (1 - beta) phi b'                     trend a step
 *     s = gamma (x - l' - phi b') + (1 - gamma) s[t-m]          season
 *
 *     x(t + h) = l + (phi + phi^2 + ... + phi^h) b + s[t + h - m ceil(h / m)]
 *
 * (' is the value a step before). With a season the start is the mean of the first one, the step between
 * the means of the first two, and the first one's deviations; without, the first sample and no trend. Null with
 * less than two seasons, or two samples, of history.
 *
 * Source: Hyndman and Athanasopoulos, Forecasting: principles and practice, 3rd ed., 8.2 and 8.3.
 */
export function holtWinters(
  history: readonly number[],
  settings: HoltWintersSettings,
  steps: number,
): number | null {
  const { period, damping } = settings
  if (history.length < 2 * period || history.length < 2) return null
  const start = startOf(history, period)
  let { level, trend } = start
  const season = start.season
  for (let t = start.from; t < history.length; t++) {
    const x = history[t]!
    const before = level
    const expected = before + damping * trend
    const seasonal = season[t % period]!
    level = settings.level * (x - seasonal) + (1 - settings.level) * expected
    trend = settings.trend * (level - before) + (1 - settings.trend) * damping * trend
    if (period > 1) {
      season[t % period] = settings.season * (x - expected) + (1 - settings.season) * seasonal
    }
  }
  return level + dampedSteps(damping, steps) * trend + season[(history.length + steps - 1) % period]!
}

function startOf(history: readonly number[], period: number) {
  if (period === 1) return { level: history[0]!, trend: 0, season: [0], from: 1 }
  const first = history.slice(0, period)
  const level = meanOf(first)
  const trend = (meanOf(history.slice(period, 2 * period)) - level) / period
  return { level, trend, season: first.map((x) => x - level), from: period }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** phi + phi^2 + ... + phi^h. */
function dampedSteps(damping: number, steps: number): number {
  let power = 1
  let sum = 0
  for (let i = 0; i < steps; i++) {
    power *= damping
    sum += power
  }
  return sum
}
