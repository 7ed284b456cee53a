import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exponential, type Random, stream } from '../base/random.ts'
import { ArrivalStream } from './arrivalStream.ts'
import { generateArrivals } from './arrivals.ts'
import { SORTED_AT_MOST } from './arrivalTimes.ts'
import { expectedArrivals, timeOfExpected } from './rate.ts'
import { type OpenLoad, type OpenTrace, REQUEST_CLASSES, type RequestClass } from './trace.ts'

const base: OpenTrace = {
  name: 'x',
  description: '',
  load: { kind: 'rate', points: [{ atMs: 0, ratePerS: 20 }] },
  process: 'poisson',
  mix: { read: 3, write: 1 },
  durationMs: 30_000,
}

/** Jumps, rises, pauses of rate 0, and counts and lists that end before or after the trace does. */
const anyLoad: fc.Arbitrary<OpenLoad> = fc.oneof(
  fc
    .array(
      fc.record({
        gapMs: fc.oneof(fc.constant(0), fc.nat(6000)),
        ratePerS: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 60, noNaN: true })),
      }),
      { minLength: 1, maxLength: 12 },
    )
    .map((items): OpenLoad => {
      let atMs = 0
      return {
        kind: 'rate',
        points: items.map(({ gapMs, ratePerS }) => {
          atMs += gapMs
          return { atMs, ratePerS }
        }),
      }
    }),
  fc
    .array(fc.nat(90), { minLength: 1, maxLength: 20 })
    .map((counts): OpenLoad => ({ kind: 'counts', intervalMs: 1700, counts })),
  fc
    .array(fc.nat(40_000), { minLength: 1, maxLength: 600 })
    .map((atMs): OpenLoad => ({ kind: 'arrivals', atMs: atMs.sort((a, b) => a - b) })),
)
const anyTrace = fc
  .record({
    process: fc.constantFrom('poisson' as const, 'even' as const),
    load: anyLoad,
    mix: fc.constantFrom<OpenTrace['mix']>(
      { write: 2 },
      { read: 3, write: 1 },
      { compress: 0.1, list: 0.7, read: 1e-9 },
      { read: 1, write: 1, list: 1, compress: 1 },
    ),
  })
  .map((part): OpenTrace => ({ ...base, ...part, durationMs: 20_000 }))

test('law: the stream is its slow plain twin, to the bit: all loads and processes', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const { atMs, classes } = collect(trace, seed)
      expect(atMs).toEqual(plainTimes(trace, stream(seed, 'arrivals')))
      expect(classes).toEqual(plainClasses(trace.mix, atMs.length, stream(seed, 'classes')))
    }),
    { numRuns: 1000 },
  )
})

test('law: generateArrivals is the stream, collected', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const { atMs, classes } = generateArrivals(trace, seed)
      expect({ atMs: [...atMs], classes }).toEqual(collect(trace, seed))
    }),
  )
})

test('after the last arrival there is none, however often one asks', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const arrivals = new ArrivalStream(trace, seed)
      while (arrivals.atMs < Infinity) arrivals.advance()
      for (let i = 0; i < 600; i++) {
        arrivals.advance()
        expect(arrivals.atMs).toBe(Infinity)
      }
    }),
    { numRuns: 50 },
  )
})

test('an arrival that falls on a corner comes there, not after the pause that begins', () => {
  const points = [
    { atMs: 0, ratePerS: 5 },
    { atMs: 500, ratePerS: 5 },
    { atMs: 500, ratePerS: 0 },
    { atMs: 2000, ratePerS: 0 },
    { atMs: 2000, ratePerS: 10 },
  ]
  const trace: OpenTrace = { ...base, load: { kind: 'rate', points }, process: 'even', durationMs: 2300 }
  expect(collect(trace, 1).atMs).toEqual([100, 300, 500, 2100, 2200])
})

test('a trace without arrivals is over at once', () => {
  expect(new ArrivalStream({ ...base, durationMs: 1e-6 }, 1).atMs).toBe(Infinity)
})

describe('counts that are too large to sort', () => {
  const COUNTS = [SORTED_AT_MOST + 1, 0, 3 * SORTED_AT_MOST]
  const load: OpenLoad = { kind: 'counts', intervalMs: 1000, counts: COUNTS }

  test.each(['poisson', 'even'] as const)('%s: each interval gets exactly its count', (process) => {
    const { atMs } = collect({ ...base, load, process, durationMs: 3000 }, 1)
    const seen = [0, 1, 2].map((i) => atMs.filter((at) => Math.floor(at / 1000) === i).length)
    expect(seen).toEqual(COUNTS)
    expect(atMs.every((at, i) => at >= (atMs[i - 1] ?? 0))).toBe(true)
  })

  test('they are uniform within the interval, as independent as sorted draws are', () => {
    const { atMs } = collect({ ...base, load, durationMs: 3000 }, 1)
    const shares = atMs.filter((at) => at >= 2000).map((at) => at / 1000 - 2)
    const n = shares.length
    // Kolmogorov-Smirnov: the largest distance exceeds 1.63 / sqrt(n) in 1 of 100 samples. It is not near 0 either.
    const distance = shares.reduce((most, u, i) => Math.max(most, (i + 1) / n - u, u - i / n), 0)
    expect(distance * Math.sqrt(n)).toBeLessThan(1.63)
    expect(distance * Math.sqrt(n)).toBeGreaterThan(0.4)
    // Gaps of a Poisson process given its count: mean square 2 / n^2 (two for the exponential).
    const square = shares.reduce((sum, u, i) => sum + (u - (shares[i - 1] ?? 0)) ** 2, 0)
    expect(square * n).toBeCloseTo(2, 1)
  })
})

test('a thousand million requests in an interval cost no memory: the first ones come at once', () => {
  const load: OpenLoad = { kind: 'counts', intervalMs: 3_600_000, counts: [1e9] }
  const arrivals = new ArrivalStream({ ...base, load, durationMs: 3_600_000 }, 1)
  for (let i = 0; i < 100_000; i++) arrivals.advance()
  // The 100,001st of 1e9 uniform draws: mean 360 ms, standard deviation 1.1 ms.
  expect(arrivals.atMs).toBeGreaterThan(355)
  expect(arrivals.atMs).toBeLessThan(365)
})

function collect(trace: OpenTrace, seed: number): { atMs: number[]; classes: RequestClass[] } {
  const atMs: number[] = []
  const classes: RequestClass[] = []
  const arrivals = new ArrivalStream(trace, seed)
  for (; arrivals.atMs < Infinity; arrivals.advance()) {
    atMs.push(arrivals.atMs)
    classes.push(arrivals.classes[arrivals.classIndex]!)
  }
  return { atMs, classes }
}

/** Each time from the definition, with a search in the whole load for every one. */
function plainTimes({ load, process, durationMs }: OpenTrace, random: Random): number[] {
  if (load.kind === 'arrivals') return load.atMs.filter((at) => at < durationMs)
  const times: number[] = []
  if (load.kind === 'counts') {
    load.counts.forEach((count, interval) => {
      const shares = Array.from({ length: count }, (_, k) =>
        process === 'even' ? (k + 0.5) / count : random(),
      )
      times.push(...shares.map((share) => (interval + share) * load.intervalMs).sort((a, b) => a - b))
    })
    return times.filter((at) => at < durationMs)
  }
  let n = process === 'even' ? 0.5 : exponential(random)
  while (n < expectedArrivals(load, durationMs)) {
    times.push(Math.max(times.at(-1) ?? 0, timeOfExpected(load, n)))
    n += process === 'even' ? 1 : exponential(random)
  }
  return times.filter((at) => at < durationMs)
}

function plainClasses(mix: OpenTrace['mix'], n: number, random: Random): RequestClass[] {
  const classes = REQUEST_CLASSES.filter((name) => (mix[name] ?? 0) > 0)
  const total = classes.reduce((sum, name) => sum + mix[name]!, 0)
  return Array.from({ length: n }, () => {
    let rest = random() * total
    const found = classes.find((name) => {
      rest -= mix[name]!
      return rest < 0
    })
    return found ?? classes.at(-1)!
  })
}
