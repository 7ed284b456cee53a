import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exponential, stream } from '../base/random.ts'
import { ArrivalStream } from './arrivalStream.ts'
import { generateArrivals } from './arrivals.ts'
import { expectedArrivals, timeOfExpected } from './rate.ts'
import { readTrace } from './read.ts'
import type { BurstState, OpenLoad, OpenTrace } from './trace.ts'

const RATE_PER_S = 20
/** Averages to 1: (0.4 x 10 + 3 x 3) / 13. */
const STATES: readonly BurstState[] = [
  { factor: 0.4, meanMs: 10_000 },
  { factor: 3, meanMs: 3000 },
]
const constant: OpenLoad = { kind: 'rate', points: [{ atMs: 0, ratePerS: RATE_PER_S }] }
const bursty: OpenTrace = {
  name: 'x',
  description: '',
  load: constant,
  process: 'mmpp',
  burst: STATES,
  mix: { read: 1 },
  durationMs: 30_000,
}

/**
 * Index of dispersion of the counts in windows of T, variance over mean, of a two-state process (Fischer and
 * Meier-Hellstern 1993, section 2): rates l1 and l2, left at the rates s1 and s2,
 *
 *     I(T) = 1 + A - A (1 - exp(-(s1 + s2) T)) / ((s1 + s2) T),   A = 2 s1 s2 (l1 - l2)^2 / ((s1 + s2)^2 (l1 s2 + l2 s1))
 */
function dispersion(windowS: number): number {
  const [l1, l2] = STATES.map(({ factor }) => factor * RATE_PER_S) as [number, number]
  const [s1, s2] = STATES.map(({ meanMs }) => 1000 / meanMs) as [number, number]
  const a = (2 * s1 * s2 * (l1 - l2) ** 2) / ((s1 + s2) ** 2 * (l1 * s2 + l2 * s1))
  const x = (s1 + s2) * windowS
  return 1 + a - (a * (1 - Math.exp(-x))) / x
}

test('mean rate and index of dispersion are those of the closed form', () => {
  const HOURS = 120
  const counts = new Float64Array(HOURS * 3600)
  const arrivals = new ArrivalStream({ ...bursty, durationMs: counts.length * 1000 }, 1)
  for (; arrivals.atMs < Infinity; arrivals.advance()) counts[Math.floor(arrivals.atMs / 1000)]!++
  const total = counts.reduce((sum, count) => sum + count, 0)
  // The standard error of the total is sqrt(I x mean): 0.17 % here.
  const expected = RATE_PER_S * counts.length
  expect(Math.abs(total - expected)).toBeLessThan(3 * Math.sqrt(dispersion(1e9) * expected))
  for (const windowS of [1, 5, 30]) {
    expect(dispersionOf(counts, windowS) / dispersion(windowS)).toBeGreaterThan(0.96)
    expect(dispersionOf(counts, windowS) / dispersion(windowS)).toBeLessThan(1.04)
  }
})

function dispersionOf(counts: Float64Array, windowS: number): number {
  const windows = Array.from({ length: counts.length / windowS }, (_, i) =>
    counts.subarray(i * windowS, (i + 1) * windowS).reduce((sum, count) => sum + count, 0),
  )
  const mean = windows.reduce((sum, count) => sum + count, 0) / windows.length
  return windows.reduce((sum, count) => sum + (count - mean) ** 2, 0) / windows.length / mean
}

test('it is stationary: the first second has the mean rate, too', () => {
  const SEEDS = 4000
  let total = 0
  for (let seed = 0; seed < SEEDS; seed++)
    total += generateArrivals({ ...bursty, durationMs: 1000 }, seed).atMs.length
  const error = Math.sqrt((dispersion(1) * RATE_PER_S) / SEEDS)
  expect(Math.abs(total / SEEDS - RATE_PER_S)).toBeLessThan(3 * error)
})

test('factors of 1 make a Poisson process, request for request', () => {
  const flat = generateArrivals({ ...bursty, burst: STATES.map((state) => ({ ...state, factor: 1 })) }, 3)
  const poisson = generateArrivals({ ...bursty, process: 'poisson', burst: undefined }, 3)
  expect(flat.atMs.length).toBe(poisson.atMs.length)
  flat.atMs.forEach((at, i) => {
    expect(Math.abs(at - poisson.atMs[i]!)).toBeLessThan(1e-6)
  })
})

test('the shipped trace is bursty, and its mean is that of its file', async () => {
  const trace = await readTrace('bursty')
  const SEEDS = 2000
  const totals = Array.from({ length: SEEDS }, (_, seed) => generateArrivals(trace, seed).atMs.length)
  const mean = totals.reduce((sum, total) => sum + total, 0) / SEEDS
  const variance = totals.reduce((sum, total) => sum + (total - mean) ** 2, 0) / SEEDS
  expect(Math.abs(mean - 12 * 90)).toBeLessThan(3 * Math.sqrt(variance / SEEDS))
  expect(variance / mean).toBeGreaterThan(50)
})

const anyTrace = fc
  .record({
    rates: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 80, noNaN: true })), {
      minLength: 1,
      maxLength: 8,
    }),
    burst: fc.array(
      fc.record({
        factor: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 10, noNaN: true })),
        meanMs: fc.integer({ min: 10, max: 9000 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
  })
  .map(({ rates, burst }): OpenTrace => {
    const points = rates.map((ratePerS, i) => ({ atMs: Math.floor(i / 2) * 4000, ratePerS }))
    return { ...bursty, load: { kind: 'rate', points }, burst, durationMs: 20_000 }
  })

test('law: the times are those of a slow plain twin', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const { atMs } = generateArrivals(trace, seed)
      const plain = plainTimes(trace, seed)
      // Where a sum of factors meets an end to the last digit one of them may have a request more.
      expect(Math.abs(atMs.length - plain.length)).toBeLessThanOrEqual(1)
      for (let i = 0; i < Math.min(atMs.length, plain.length); i++) {
        expect(Math.abs(atMs[i]! - plain[i]!)).toBeLessThan(1e-4)
      }
    }),
    { numRuns: 1000 },
  )
})

test('law: times ascend and lie in [0, duration), the end is the end, and the same seed gives the same', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const { atMs } = generateArrivals(trace, seed)
      expect(atMs.every((at, i) => at >= (atMs[i - 1] ?? 0) && at < trace.durationMs)).toBe(true)
      expect(generateArrivals(structuredClone(trace), seed).atMs).toEqual(atMs)
      const arrivals = new ArrivalStream(trace, seed)
      for (let i = 0; i < atMs.length + 600; i++) arrivals.advance()
      expect(arrivals.atMs).toBe(Infinity)
    }),
  )
})

test('another rate meets the same bursts', () => {
  const burst = [
    { factor: 0, meanMs: 2000 },
    { factor: 2, meanMs: 2000 },
  ]
  const busySeconds = (ratePerS: number) => {
    const load: OpenLoad = { kind: 'rate', points: [{ atMs: 0, ratePerS }] }
    const { atMs } = generateArrivals({ ...bursty, burst, load }, 5)
    return [...new Set(Array.from(atMs, (at) => Math.floor(at / 1000)))]
  }
  expect(busySeconds(3000)).toEqual(busySeconds(300))
  expect(busySeconds(300).length).toBeLessThan(28)
})

/** All pieces of the environment first; then each arrival by a search through the sums of f dN. */
function plainTimes({ load, burst = [], durationMs }: OpenTrace, seed: number): number[] {
  const pieces: { n0: number; n1: number; factor: number }[] = []
  const random = stream(seed, 'burst')
  const cycle = burst.reduce((sum, { meanMs }) => sum + meanMs, 0)
  let share = random() * cycle
  let state = burst.findIndex(({ meanMs }) => {
    share -= meanMs
    return share < 0
  })
  for (let atMs = 0; atMs < durationMs; state = (state + 1) % burst.length) {
    const { factor, meanMs } = burst[state]!
    const endMs = atMs + exponential(random) * meanMs
    pieces.push({
      n0: expectedArrivals(load, atMs),
      n1: expectedArrivals(load, Math.min(endMs, durationMs)),
      factor,
    })
    atMs = endMs
  }
  const gaps = stream(seed, 'arrivals')
  const times: number[] = []
  for (let sum = exponential(gaps); ; sum += exponential(gaps)) {
    let left = sum
    const piece = pieces.find(({ n0, n1, factor }) => {
      if (left < factor * (n1 - n0)) return true
      left -= factor * (n1 - n0)
      return false
    })
    if (!piece) return times
    times.push(timeOfExpected(load, piece.n0 + left / piece.factor))
  }
}
