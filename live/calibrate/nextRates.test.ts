import { describe, expect, it } from 'vitest'
import { kneeOf } from '../../analysis/knee.ts'
import { knownFrom } from '../../cli/calibrate/saturationStudy.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Model } from '../../sim/model.ts'
import { simulate } from '../../sim/run.ts'
import { exactly, fixedFleet, handModel } from '../../test/support.ts'
import { DEFAULT_APP } from '../appSettings.ts'
import { guessCapacityPerS, saturationRound } from './experiments.ts'
import { type Known, lengthOf, longestMs, nextRates, nothingKnown } from './nextRates.ts'

const PACE = { stepMs: 5000, roundMs: 85_000, rounds: 3, precision: 0.05 }
const known = (changes: Partial<Known>): Known => ({
  ...nothingKnown(10),
  rounds: 1,
  capacity: { estimate: 8, lo: 7.6, hi: 8.4 },
  saturated: true,
  samples: 400,
  mostAnsweredPerS: 12,
  limitedBy: 'work',
  ...changes,
})
const rates = (state: Known, pace = PACE) => nextRates(state, pace).map(({ ratePerS }) => ratePerS)

describe('the steps of the next round', () => {
  it('are at first coarse, over the guess', () => {
    expect(nextRates(nothingKnown(10), PACE)).toEqual([
      { ratePerS: 2, durationMs: 5000, pauseMs: 0 },
      { ratePerS: 6, durationMs: 5000, pauseMs: 0 },
      { ratePerS: 12, durationMs: 5000, pauseMs: 2100 },
    ])
  })

  it('are then from 0.6 to 1.2 of the capacity, the longest at the knee', () => {
    const steps = nextRates(known({}), PACE)
    expect(steps.map(({ ratePerS }) => ratePerS)).toEqual([4.8, 6.4, 7.2, 8, 8.8, 9.6])
    const longest = Math.max(...steps.map(({ durationMs }) => durationMs))
    expect(steps.filter(({ durationMs }) => durationMs === longest).map(({ ratePerS }) => ratePerS)).toEqual([
      8, 8.8,
    ])
  })

  it('are from the third round on at the knee and beyond it only', () => {
    expect(rates(known({ rounds: 2 }))).toEqual([7.2, 8, 8.8, 9.6])
  })

  it('leave a pause behind them in which the queue of the overload drains', () => {
    for (const { ratePerS, durationMs, pauseMs } of nextRates(known({}), PACE)) {
      const left = ((ratePerS - 8) * durationMs) / 1000
      expect(8 * (pauseMs / 1000)).toBeGreaterThanOrEqual(left)
    }
  })

  it('are none where the interval is narrow enough, or the rounds are used up', () => {
    expect(rates(known({ capacity: { estimate: 8, lo: 7.81, hi: 8.2 } }))).toEqual([])
    expect(rates(known({ rounds: 3 }))).toEqual([])
  })

  it('go on where no step was beyond the capacity, however narrow its interval', () => {
    expect(Math.max(...rates(known({ saturated: false, capacity: { estimate: 8, lo: 7.9, hi: 8.1 } })))).toBe(
      9.6,
    )
  })

  it('go up to beyond twice what was answered where nothing ever waited', () => {
    const top = Math.max(...rates(known({ capacity: null, saturated: false, limitedBy: null })))
    expect(top).toBeCloseTo(2 * 12 * 1.2, 9)
  })

  it('go up at once to what one request after the other would be, for a service much faster than the guess', () => {
    const fast = known({ capacity: null, saturated: false, limitedBy: null, unloadedP95Ms: 2.5 })
    expect(rates(fast)).toEqual([240, 320, 360, 400, 440, 480])
  })

  it('stay at the guess where nothing was answered at all', () => {
    const nothing = known({ capacity: null, saturated: false, limitedBy: null, mostAnsweredPerS: 0 })
    expect(rates(nothing)).toEqual([6, 8, 9, 10, 11, 12])
  })

  it('go to twice the limit where requests are refused', () => {
    expect(Math.max(...rates(known({ limitedBy: 'refusals' })))).toBe(16)
  })

  it('take the time that the precision needs, within the bounds of the pace', () => {
    const ms = (state: Known) => lengthOf(nextRates(state, PACE))
    // Half as wide again as wanted: 1.25 times as many samples again are missing, 500, at 8/s.
    const some = ms(known({ capacity: { estimate: 8, lo: 7.7, hi: 8.3 } }))
    expect(some).toBeGreaterThan(60_000)
    expect(some).toBeLessThan(86_000)
    expect(ms(known({ capacity: { estimate: 8, lo: 6, hi: 10 } }))).toBeLessThanOrEqual(86_000)
    expect(ms(known({ capacity: { estimate: 800, lo: 775, hi: 825 } }))).toBeLessThan(60_000)
    expect(longestMs(PACE, 10)).toBeLessThan(200_000)
  })
})

describe('the guess from the settings', () => {
  it.each([
    ['the delay and a little', {}, 1000 / 105.5],
    ['a little, without delay', { delay: 'off' }, 1000 / 3],
    ['the limit where that is less', { delay: 'off', rateLimit: '10 per second' }, 10],
    ['the limit over several spans', { delay: 'off', rateLimit: '100/5 minutes' }, 1 / 3],
    ['the delay where a limit is more', { rateLimit: '50 per second' }, 1000 / 105.5],
  ])('is %s', (_, own, perS) => {
    expect(guessCapacityPerS({ ...DEFAULT_APP, ...own }, { read: 1 })).toBeCloseTo(perS, 9)
  })

  it('is the less, the larger the objects that are compressed', () => {
    const perS = (objectBytes: number) =>
      guessCapacityPerS({ ...DEFAULT_APP, delay: 'off', objectBytes }, { compress: 1 })
    expect(perS(200_000)).toBeLessThan(perS(8320) / 3)
  })
})

/** What `live calibrate saturation` does, on a simulated container. */
function calibrated(model: Model, guessPerS: number, pace = PACE, seed = 1) {
  const records: RunRecord[] = []
  for (;;) {
    const knee = kneeOf(records)
    const steps = nextRates(knownFrom(knee, records.length, guessPerS), pace)
    if (steps.length === 0) return { knee, rounds: records.length }
    const { trace } = saturationRound(records.length + 1, { read: 1 }, steps)
    records.push(simulate(fixedFleet({ trace, model, replicas: 1, seed: seed + records.length })))
  }
}

describe('on a simulated container they find', () => {
  it.each([
    ['a good guess', 10],
    ['a guess of half', 5],
    ['a guess of twice', 20],
    ['a guess of a tenth', 1],
  ])('the capacity of 9.76/s, from %s', (_, guessPerS) => {
    const { knee } = calibrated(handModel({ family: 'uniform', min: 5, max: 200 }), guessPerS)
    const { estimate, lo, hi } = knee.capacityPerS!
    expect(knee.saturated).toBe(true)
    expect(Math.abs(estimate / 9.756 - 1)).toBeLessThan(0.05)
    expect((hi! - lo!) / estimate).toBeLessThan(0.1)
  })

  it('sooner where times in service vary little, and to 2 % with more rounds', () => {
    const constant = calibrated(handModel({ family: 'uniform', min: 95, max: 105 }), 10)
    expect(constant.rounds).toBe(1)
    const pace = { ...PACE, rounds: 20, precision: 0.02 }
    const { knee, rounds } = calibrated(handModel({ family: 'gamma', shape: 4, scale: 25 }), 10, pace)
    const { estimate, lo, hi } = knee.capacityPerS!
    expect((hi! - lo!) / estimate).toBeLessThanOrEqual(0.02)
    // 1.96 x 0.5 / sqrt(n) is 1 % at n = 9600 times in service: 1000 s of a busy container, in rounds of 85 s.
    expect(rounds).toBeGreaterThan(8)
    expect(rounds).toBeLessThan(18)
  })

  it.each([
    ['that of the limit', 50],
    ['far above it', 300],
  ])('the limit of a container that refuses, from a guess %s', (_, guessPerS) => {
    const container = {
      workers: 1,
      backlog: 4096,
      rateLimit: { kind: 'fixed-window' as const, limit: 50, windowMs: 1000 },
      rejectMs: exactly(1),
      checkMs: exactly(0),
    }
    const model = { ...handModel({ family: 'deterministic', value: 3 }), container }
    const { knee } = calibrated(model, guessPerS)
    expect(knee).toMatchObject({ saturated: true, limitedBy: 'refusals' })
    expect(knee.capacityPerS!.estimate).toBeGreaterThan(46)
    expect(knee.capacityPerS!.estimate).toBeLessThan(51)
  })
})
