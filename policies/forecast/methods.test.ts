import { describe, expect, it } from 'vitest'
import { autoregression } from './autoregression.ts'
import { type HoltWintersSettings, holtWinters } from './holtWinters.ts'
import { seasonalNaive } from './seasonalNaive.ts'

const PLAIN: HoltWintersSettings = { level: 0.5, trend: 0.5, season: 0.3, damping: 0.9, period: 1 }
const SEASONAL = { ...PLAIN, period: 7 }
const waves = Array.from({ length: 70 }, (_, i) => 20 + 0.3 * i + 5 * Math.sin(0.9 * i) + ((i * 31) % 5))

describe('seasonal naive', () => {
  it.each([
    [1, 1, 5, 'without a season the last value'],
    [1, 9, 5, 'at any distance'],
    [3, 1, 3, 'of 1 2 3 4 5 with season 3, the first of the last season'],
    [3, 3, 5, 'its last'],
    [3, 4, 3, 'and round again'],
  ])('season %d, %d steps: %d (%s)', (season, steps, expected) => {
    expect(seasonalNaive([1, 2, 3, 4, 5], season, steps)).toBe(expected)
  })

  it('is unknown with less than a season of history', () => {
    expect(seasonalNaive([1, 2], 3, 1)).toBeNull()
  })
})

describe('Holt-Winters', () => {
  it('by hand: 10, 12 with alpha = beta = 0.5, phi = 0.9: level 11, trend 0.5, in two steps 11 + 1.71 x 0.5', () => {
    expect(holtWinters([10, 12], PLAIN, 2)).toBeCloseTo(11.855, 12)
  })

  it('continues an exact season, whatever the smoothing', () => {
    const season = [3, 9, 4, 1, 7, 7, 2]
    const history = Array.from({ length: 35 }, (_, i) => season[i % 7]!)
    for (let steps = 1; steps <= 20; steps++)
      expect(holtWinters(history, SEASONAL, steps)).toBeCloseTo(season[(steps - 1) % 7]!, 10)
  })

  it('continues a line when it is not damped', () => {
    const line = Array.from({ length: 300 }, (_, i) => 5 + 2 * i)
    expect(holtWinters(line, { ...PLAIN, damping: 1 }, 10)).toBeCloseTo(5 + 2 * 309, 6)
  })

  it('moves and scales with its history', () => {
    const forecast = holtWinters(waves, SEASONAL, 5)!
    expect(
      holtWinters(
        waves.map((x) => 3 * x + 100),
        SEASONAL,
        5,
      ),
    ).toBeCloseTo(3 * forecast + 100, 9)
  })

  it.each([PLAIN, SEASONAL])(
    'equals its error-correction form, ETS(A, Ad, A): period $period',
    (settings) => {
      for (let steps = 1; steps <= 15; steps++)
        expect(holtWinters(waves, settings, steps)).toBeCloseTo(errorCorrection(waves, settings, steps), 9)
    },
  )

  it('is unknown with less than two seasons of history', () => {
    expect(holtWinters(waves.slice(0, 13), SEASONAL, 1)).toBeNull()
    expect(holtWinters([1], PLAIN, 1)).toBeNull()
  })
})

describe('autoregression', () => {
  it('continues a sine, which is an exact AR(2)', () => {
    const at = (t: number) => 30 + 8 * Math.sin((2 * Math.PI * t) / 20)
    const history = Array.from({ length: 80 }, (_, t) => at(t))
    for (const steps of [1, 3, 10])
      expect(autoregression(history, { order: 2, ridge: 0 }, steps)).toBeCloseTo(at(79 + steps), 6)
  })

  it('by hand: of 1 3 2 4, about 2.5, order 1: a = sum z z1 / sum z1^2 = -1.75 / 2.75', () => {
    // z = -1.5 0.5 -0.5 1.5: products -0.75 -0.25 -0.75, squares of the first three 2.25 0.25 0.25.
    const a = -1.75 / 2.75
    expect(autoregression([1, 3, 2, 4], { order: 1, ridge: 0 }, 1)).toBeCloseTo(2.5 + 1.5 * a, 12)
    expect(autoregression([1, 3, 2, 4], { order: 1, ridge: 0 }, 2)).toBeCloseTo(2.5 + 1.5 * a * a, 12)
    // With a ridge of 1, so 5 = sum z^2, more in the denominator.
    expect(autoregression([1, 3, 2, 4], { order: 1, ridge: 1 }, 1)).toBeCloseTo(2.5 - (1.5 * 1.75) / 7.75, 12)
  })

  it('does not depend on the unit', () => {
    const settings = { order: 4, ridge: 1e-3 }
    const forecast = autoregression(waves, settings, 6)!
    expect(
      autoregression(
        waves.map((x) => 1000 * x),
        settings,
        6,
      ),
    ).toBeCloseTo(1000 * forecast, 6)
  })

  it('does not run away: an exploding history stays within its width', () => {
    const history = Array.from({ length: 20 }, (_, i) => 1.5 ** i)
    const forecast = autoregression(history, { order: 1, ridge: 0 }, 50)!
    expect(forecast).toBe(2 * history.at(-1)! - history[0]!)
  })

  it('gives a constant back, and is unknown with too little history', () => {
    expect(autoregression([4, 4, 4, 4, 4], { order: 1, ridge: 0 }, 3)).toBe(4)
    expect(autoregression([4, 5, 4], { order: 1, ridge: 0 }, 3)).toBeNull()
  })
})

/** The same smoothing by the one-step error e: l += phi b + alpha e, b = phi b + alpha beta e, s += gamma e. */
function errorCorrection(history: readonly number[], settings: HoltWintersSettings, steps: number): number {
  const { period, damping: phi } = settings
  const mean = (from: number) => history.slice(from, from + period).reduce((a, b) => a + b, 0) / period
  const seasonal = period > 1
  let level = seasonal ? mean(0) : history[0]!
  let trend = seasonal ? (mean(period) - mean(0)) / period : 0
  const seasons = new Map<number, number>()
  for (let t = 0; t < period; t++) seasons.set(t - period, seasonal ? history[t]! - level : 0)
  const from = period
  for (let t = from; t < history.length; t++) {
    const s = seasons.get(t - from - period)!
    const e = history[t]! - (level + phi * trend + s)
    level += phi * trend + settings.level * e
    trend = phi * trend + settings.level * settings.trend * e
    seasons.set(t - from, seasonal ? s + settings.season * e : 0)
  }
  let forecast = level
  for (let h = 1; h <= steps; h++) forecast += phi ** h * trend
  return forecast + seasons.get(history.length - from - period + ((steps - 1) % period))!
}
