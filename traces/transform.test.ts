import fc from 'fast-check'
import { expect, test } from 'vitest'
import { UserError } from '../base/errors.ts'
import { generateArrivals } from './arrivals.ts'
import { assertOpenLoop } from './limits.ts'
import { expectedArrivals, peakRatePerS, rateAt } from './rate.ts'
import { readTrace, shippedNames } from './read.ts'
import type { ClosedLoad, OpenLoad, OpenTrace, Trace } from './trace.ts'
import { scaleToPeak, slice, stretch } from './transform.ts'
import { userLevelAt, usersAt } from './users.ts'

const shipped = await Promise.all(shippedNames().map(readTrace))
const open = shipped.filter((trace): trace is OpenTrace => trace.load.kind !== 'users')
const spike = open.find(({ name }) => name === 'spike')!
const ofLoad = (load: OpenLoad, durationMs: number): OpenTrace => ({ ...spike, name: 'x', load, durationMs })
const counts = ofLoad({ kind: 'counts', intervalMs: 1000, counts: [4, 1, 1, 10] }, 4000)
const arrivals = ofLoad({ kind: 'arrivals', atMs: [100, 200, 1500, 3100] }, 3500)

function openLoadOf(trace: Trace): OpenLoad {
  assertOpenLoop(trace, 'test')
  return trace.load
}

test('each transform shows in the name', () => {
  expect(stretch(spike, 0.5).name).toBe('spike-stretch0.5')
  expect(scaleToPeak(spike, 20).name).toBe('spike-peak20')
  expect(slice(spike, 15_000, 60_500).name).toBe('spike-slice15s-60500ms')
})

test.each(open)('$name: stretched, it has the same rates at factor times the time', (trace) => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.nat(120), (factor, t) => {
      const other = stretch(trace, factor)
      expect(other.durationMs).toBe(trace.durationMs * factor)
      const tMs = (t + 0.3) * 1000
      expect(rateAt(openLoadOf(other), tMs * factor)).toBeCloseTo(rateAt(trace.load, tMs), 6)
    }),
  )
})

test.each(open)('$name: scaled to a peak, it has that peak and the same shape', (trace) => {
  const other = scaleToPeak(trace, 80)
  assertOpenLoop(other, 'other')
  expect(peakRatePerS(other)).toBeCloseTo(80, 9)
  const factor = 80 / peakRatePerS(trace)
  const requests = expectedArrivals(trace.load, trace.durationMs)
  expect(expectedArrivals(other.load, other.durationMs)).toBeCloseTo(factor * requests, 6)
})

test.each(open)('$name: the parts of a cut add up to the whole', (trace) => {
  const whole = expectedArrivals(trace.load, trace.durationMs)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: trace.durationMs - 1 }), (cut) => {
      const parts = [slice(trace, 0, cut), slice(trace, cut, trace.durationMs)]
      const sum = parts.reduce((n, part) => n + expectedArrivals(openLoadOf(part), part.durationMs), 0)
      expect(sum).toBeCloseTo(whole, 6)
    }),
  )
})

test('a slice that ends at a jump does not contain it', async () => {
  const step = await readTrace('step')
  const before = slice(step, 0, 25_000)
  expect(peakRatePerS({ ...before, load: openLoadOf(before) })).toBe(6)
  expect(rateAt(openLoadOf(slice(step, 25_000, 30_000)), 0)).toBe(24)
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

test('bursts are stretched with the time axis, and neither a peak nor a slice changes them', async () => {
  const bursty = await readTrace('bursty')
  const means = (trace: Trace) => trace.burst!.map(({ meanMs }) => meanMs)
  expect(means(stretch(bursty, 0.5))).toEqual(means(bursty).map((ms) => ms / 2))
  expect(stretch(bursty, 0.5).burst!.map(({ factor }) => factor)).toEqual(
    bursty.burst!.map(({ factor }) => factor),
  )
  expect(scaleToPeak(bursty, 80).burst).toEqual(bursty.burst)
  expect(slice(bursty, 10_000, 20_000).burst).toEqual(bursty.burst)
})

test('users are stretched, their think time is not; a slice has the users of that time', async () => {
  const users = await readTrace('users')
  const closed = (trace: Trace) => trace.load as ClosedLoad
  const twice = stretch(users, 2)
  expect(closed(twice).think).toEqual(closed(users).think)
  expect(twice.durationMs).toBe(180_000)
  fc.assert(
    fc.property(fc.nat(89_999), fc.integer({ min: 1, max: 89_999 }), (tMs, cutMs) => {
      expect(usersAt(closed(twice), 2 * tMs)).toBe(usersAt(closed(users), tMs))
      const [part, at] =
        tMs < cutMs ? [slice(users, 0, cutMs), tMs] : [slice(users, cutMs, 90_000), tMs - cutMs]
      // Cutting a line in two may round its level differently in the last place: a half is not a test.
      const level = userLevelAt(closed(users), tMs)
      fc.pre(Math.abs(level - Math.floor(level) - 0.5) > 1e-9)
      expect(usersAt(closed(part), at)).toBe(usersAt(closed(users), tMs))
    }),
  )
})

test('a slice that ends at a jump of users does not contain it', async () => {
  const users = await readTrace('users')
  const points = [
    { atMs: 0, users: 2 },
    { atMs: 1000, users: 2 },
    { atMs: 1000, users: 9 },
  ]
  const jump: Trace = { ...users, load: { ...(users.load as ClosedLoad), points } }
  expect((slice(jump, 500, 1000).load as ClosedLoad).points).toEqual([
    { atMs: 0, users: 2 },
    { atMs: 500, users: 2 },
  ])
})

test('--peak is refused for a closed loop', async () => {
  const users = await readTrace('users')
  expect(() => scaleToPeak(users, 40)).toThrow(
    new UserError(
      '--peak is 40: that is a rate, and users is a closed loop of users. Their number is in its file',
    ),
  )
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
    '--slice: number of requests in load is 0, expected more than 0 and at most 2000000000',
  ],
  [
    () => scaleToPeak(spike, 1e9),
    '--peak: number of requests in load is 35000000000, expected more than 0 and at most 2000000000',
  ],
])('a bad transform says so (%#)', (transform, message) => {
  expect(transform).toThrow(message)
})
