import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateArrivals } from './arrivals.ts'
import { expectedArrivals, peakRatePerS, rateAt } from './rate.ts'
import { readTrace, shippedNames } from './read.ts'
import type { Load, Trace } from './trace.ts'
import { scaleToPeak, slice, stretch } from './transform.ts'

const spike = await readTrace('spike')
const ofLoad = (load: Load, durationMs: number): Trace => ({ ...spike, name: 'x', load, durationMs })
const counts = ofLoad({ kind: 'counts', intervalMs: 1000, counts: [4, 1, 1, 10] }, 4000)
const arrivals = ofLoad({ kind: 'arrivals', atMs: [100, 200, 1500, 3100] }, 3500)

test('each transform shows in the name', () => {
  expect(stretch(spike, 0.5).name).toBe('spike-stretch0.5')
  expect(scaleToPeak(spike, 20).name).toBe('spike-peak20')
  expect(slice(spike, 15_000, 60_500).name).toBe('spike-slice15s-60500ms')
})

test.each(shippedNames())('%s: stretched, it has the same rates at factor times the time', async (name) => {
  const trace = await readTrace(name)
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.nat(120), (factor, t) => {
      const other = stretch(trace, factor)
      expect(other.durationMs).toBe(trace.durationMs * factor)
      const tMs = (t + 0.3) * 1000
      expect(rateAt(other.load, tMs * factor)).toBeCloseTo(rateAt(trace.load, tMs), 6)
    }),
  )
})

test.each(shippedNames())('%s: scaled to a peak, it has that peak and the same shape', async (name) => {
  const trace = await readTrace(name)
  const other = scaleToPeak(trace, 80)
  expect(peakRatePerS(other)).toBeCloseTo(80, 9)
  const factor = 80 / peakRatePerS(trace)
  const requests = expectedArrivals(trace.load, trace.durationMs)
  expect(expectedArrivals(other.load, other.durationMs)).toBeCloseTo(factor * requests, 6)
})

test.each(shippedNames())('%s: the parts of a cut add up to the whole', async (name) => {
  const trace = await readTrace(name)
  const whole = expectedArrivals(trace.load, trace.durationMs)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: trace.durationMs - 1 }), (cut) => {
      const parts = [slice(trace, 0, cut), slice(trace, cut, trace.durationMs)]
      const sum = parts.reduce((n, part) => n + expectedArrivals(part.load, part.durationMs), 0)
      expect(sum).toBeCloseTo(whole, 6)
    }),
  )
})

test('a slice that ends at a jump does not contain it', async () => {
  const step = await readTrace('step')
  expect(peakRatePerS(slice(step, 0, 25_000))).toBe(6)
  expect(rateAt(slice(step, 25_000, 30_000).load, 0)).toBe(24)
})

test('counts stay whole and keep their running total', () => {
  expect(stretch(counts, 2.5).load).toEqual({ kind: 'counts', intervalMs: 2500, counts: [10, 3, 2, 25] })
  expect(scaleToPeak(counts, 5).load).toEqual({ kind: 'counts', intervalMs: 1000, counts: [2, 1, 0, 5] })
  expect(slice(counts, 1000, 3000).load).toEqual({ kind: 'counts', intervalMs: 1000, counts: [1, 1] })
})

test('explicit arrivals become counts where their number changes, and stay where it does not', () => {
  const twice = stretch(arrivals, 2)
  expect(twice.load).toEqual({ kind: 'counts', intervalMs: 2000, counts: [4, 2, 0, 2] })
  expect(twice.durationMs).toBe(8000)
  expect(generateArrivals(twice, 1).atMs.length).toBe(8)
  expect(slice(arrivals, 150, 3200).load).toEqual({ kind: 'arrivals', atMs: [50, 1350, 2950] })
})

test.each<[() => Trace, string]>([
  [() => stretch(spike, 0), '--stretch is 0, expected a factor above 0, such as 0.5'],
  [() => stretch(spike, Number.NaN), '--stretch is null, expected a factor above 0, such as 0.5'],
  [() => scaleToPeak(spike, -4), '--peak is -4, expected a rate in requests per second above 0, such as 40'],
  [
    () => slice(spike, 5000, 90_001),
    '--slice is "5s-90001ms", expected two ascending times within the trace, 0s to 90s',
  ],
  [
    () => slice(counts, 0, 1500),
    '--slice is "1500ms", expected a multiple of the interval that the trace counts in, 1s',
  ],
  [
    () => slice(arrivals, 300, 400),
    '--slice: number of requests in load is 0, expected more than 0 and at most 50000000',
  ],
  [
    () => scaleToPeak(spike, 1e9),
    '--peak: number of requests in load is 35000000000, expected more than 0 and at most 50000000',
  ],
])('a bad transform says so (%#)', (transform, message) => {
  expect(transform).toThrow(message)
})
