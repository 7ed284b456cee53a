import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedArrivals, meanRatePerS, peakRatePerS, rateAt, timeOfExpected } from './rate.ts'
import type { OpenLoad } from './trace.ts'

const spike: OpenLoad = {
  kind: 'rate',
  points: [
    { atMs: 10_000, ratePerS: 5 },
    { atMs: 20_000, ratePerS: 25 },
    { atMs: 20_000, ratePerS: 1 },
  ],
}
const counts: OpenLoad = { kind: 'counts', intervalMs: 10_000, counts: [20, 0, 100] }
const arrivals: OpenLoad = { kind: 'arrivals', atMs: [100, 300, 5200] }

test.each<[string, OpenLoad, number, number]>([
  ['the first rate holds before the first point', spike, 3000, 5],
  ['it is linear between points', spike, 15_000, 15],
  ['at a jump the later rate is the one', spike, 20_000, 1],
  ['the last rate holds after the last point', spike, 1e6, 1],
  ['nothing comes before the start', spike, -1, 0],
  ['counts are flat within their interval', counts, 29_999, 10],
  ['an empty interval has rate 0', counts, 10_000, 0],
  ['counts end', counts, 30_000, 0],
  ['explicit arrivals are counted per second', arrivals, 999, 2],
  ['and are 0 in the seconds between', arrivals, 1000, 0],
  ['up to the next one', arrivals, 5000, 1],
])('rateAt: %s', (_sentence, load, tMs, ratePerS) => {
  expect(rateAt(load, tMs)).toBeCloseTo(ratePerS, 12)
})

test.each<[string, OpenLoad, number, number]>([
  ['flat, 10 s at 5/s', spike, 10_000, 50],
  ['half of the rise, 5 s at 10/s on average', spike, 15_000, 100],
  ['all of it', spike, 20_000, 200],
  ['and 10 s at 1/s', spike, 30_000, 210],
  ['half an interval of counts', counts, 5000, 10],
  ['all counts', counts, 1e9, 120],
  ['all arrivals', arrivals, 6000, 3],
])('expectedArrivals: %s', (_sentence, load, tMs, n) => {
  expect(expectedArrivals(load, tMs)).toBeCloseTo(n, 9)
})

test('the inverse is the first time, also across a pause', () => {
  expect(timeOfExpected(counts, 20)).toBe(10_000)
  expect(timeOfExpected(counts, 21)).toBeCloseTo(20_100, 9)
  expect(timeOfExpected(counts, 121)).toBe(Infinity)
  expect(timeOfExpected(spike, 0)).toBe(0)
})

test('mean and peak', () => {
  const trace = { name: 'x', description: '', process: 'even', mix: { read: 1 }, durationMs: 30_000 } as const
  expect(meanRatePerS({ ...trace, load: spike })).toBeCloseTo(7, 12)
  expect(peakRatePerS({ ...trace, load: spike })).toBe(25)
  expect(peakRatePerS({ ...trace, load: counts })).toBe(10)
})

/** Up to 12 points at ascending whole seconds, some at one time (jumps), some with rate 0. */
const rateLoad = fc
  .array(
    fc.record({
      gapS: fc.nat(20),
      ratePerS: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 5e3, noNaN: true })),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((items): OpenLoad => {
    let atMs = 0
    return {
      kind: 'rate',
      points: items.map(({ gapS, ratePerS }) => {
        atMs += gapS * 1000
        return { atMs, ratePerS }
      }),
    }
  })
const countLoad = fc
  .array(fc.nat(50), { minLength: 1, maxLength: 20 })
  .map((values): OpenLoad => ({ kind: 'counts', intervalMs: 2500, counts: values }))
const anyLoad = fc.oneof(rateLoad, countLoad)

test('law: the integral of the inverse of n is n', () => {
  fc.assert(
    fc.property(anyLoad, fc.nat(1e9), (load, billionths) => {
      const n = (billionths / 1e9) * expectedArrivals(load, 200_000)
      const back = expectedArrivals(load, timeOfExpected(load, n))
      expect(Math.abs(back - n)).toBeLessThanOrEqual(1e-9 * Math.max(1, n))
    }),
    { numRuns: 2000 },
  )
})

test('law: the inverse never decreases', () => {
  fc.assert(
    fc.property(anyLoad, fc.nat(1e6), fc.nat(1e6), (load, a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a]
      expect(timeOfExpected(load, low! / 100)).toBeLessThanOrEqual(timeOfExpected(load, high! / 100) + 1e-6)
    }),
    { numRuns: 2000 },
  )
})

test('law: the integral agrees with adding up the rate in 1 ms steps (a slow twin)', () => {
  fc.assert(
    fc.property(anyLoad, fc.nat(30_000), (load, tMs) => {
      let sum = 0
      for (let t = 0; t < tMs; t++) sum += rateAt(load, t + 0.5) / 1000
      expect(sum).toBeCloseTo(expectedArrivals(load, tMs), 5)
    }),
    { numRuns: 40 },
  )
})
