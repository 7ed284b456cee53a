import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserError } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import { generateArrivals } from './arrivals.ts'
import { expectedArrivals } from './rate.ts'
import { readTrace, shippedNames } from './read.ts'
import type { OpenLoad, OpenTrace, Trace } from './trace.ts'

const base: Trace = {
  name: 'x',
  description: '',
  load: { kind: 'rate', points: [{ atMs: 0, ratePerS: 20 }] },
  process: 'poisson',
  mix: { read: 3, write: 1 },
  durationMs: 30_000,
}

const anyTrace = fc
  .record({
    process: fc.constantFrom('poisson' as const, 'even' as const),
    load: fc.oneof(
      fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 1, maxLength: 8 }).map(
        (rates): OpenLoad => ({
          kind: 'rate',
          points: rates.map((ratePerS, i) => ({ atMs: Math.floor(i / 2) * 4000, ratePerS })),
        }),
      ),
      fc
        .array(fc.nat(30), { minLength: 1, maxLength: 10 })
        .map((counts): OpenLoad => ({ kind: 'counts', intervalMs: 1700, counts })),
      fc
        .array(fc.nat(40_000), { minLength: 1, maxLength: 50 })
        .map((atMs): OpenLoad => ({ kind: 'arrivals', atMs: atMs.sort((a, b) => a - b) })),
    ),
  })
  .map((part): Trace => ({ ...base, ...part, durationMs: 20_000 }))

test('law: times ascend, lie in [0, duration), and each has a class of the mix', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      const { atMs, classes } = generateArrivals(trace, seed)
      expect(classes.length).toBe(atMs.length)
      expect(atMs.every((at, i) => at >= (atMs[i - 1] ?? 0) && at < trace.durationMs)).toBe(true)
      expect(classes.every((name) => trace.mix[name]! > 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('law: same trace and seed, same bytes', () => {
  fc.assert(
    fc.property(anyTrace, fc.nat(), (trace, seed) => {
      expect(generateArrivals(structuredClone(trace), seed)).toEqual(generateArrivals(trace, seed))
    }),
  )
})

test('the bytes of one trace and seed, so that a change in the generator is seen', () => {
  const { atMs, classes } = generateArrivals(base, 1)
  expect(hashOf([[...atMs], classes]).slice(0, 16)).toMatchInlineSnapshot(`"1663bffbc1a807cd"`)
})

test('another mix changes no time, another seed changes all', () => {
  const { atMs, classes } = generateArrivals(base, 1)
  const other = generateArrivals({ ...base, mix: { list: 1, compress: 2 } }, 1)
  expect(other.atMs).toEqual(atMs)
  expect(other.classes).not.toEqual(classes)
  expect(generateArrivals(base, 2).atMs).not.toEqual(atMs)
})

test('the order of the classes in the file changes nothing', () => {
  const swapped = generateArrivals({ ...base, mix: { write: 1, read: 3 } }, 1)
  expect(swapped).toEqual(generateArrivals(base, 1))
})

test('the mix is met', () => {
  const { classes } = generateArrivals({ ...base, durationMs: 1_000_000 }, 1)
  const reads = classes.filter((name) => name === 'read').length / classes.length
  expect(reads).toBeCloseTo(0.75, 1.9) // 20,000 draws: standard error 0.003
})

test('even arrivals at a constant rate sit in the middle of equal gaps', () => {
  const { atMs } = generateArrivals({ ...base, process: 'even', durationMs: 200 }, 1)
  expect([...atMs]).toEqual([25, 75, 125, 175])
})

describe('counts are data', () => {
  const load: OpenLoad = { kind: 'counts', intervalMs: 1000, counts: [3, 0, 7, 1] }
  test.each(['poisson', 'even'] as const)('%s: each interval gets exactly its count', (process) => {
    for (let seed = 1; seed <= 50; seed++) {
      const { atMs } = generateArrivals({ ...base, load, process, durationMs: 4000 }, seed)
      const seen = [0, 1, 2, 3].map((i) => atMs.filter((at) => Math.floor(at / 1000) === i).length)
      expect(seen).toEqual(load.counts)
    }
  })
})

test('explicit arrivals are taken as they are', () => {
  const load: OpenLoad = { kind: 'arrivals', atMs: [1, 1, 2.5, 40_000] }
  expect([...generateArrivals({ ...base, load }, 9).atMs]).toEqual([1, 1, 2.5])
})

test.each<[string, Partial<Trace>, string]>([
  [
    'a closed loop',
    {
      load: { kind: 'users', points: [{ atMs: 0, users: 3 }], think: { kind: 'constant', ms: 1000 } },
    },
    'trace x: load.kind is "users", expected a load with arrivals of its own (rate, counts or arrivals). ' +
      'A closed loop of users is simulated only: the live load generator is open loop',
  ],
  [
    'more than memory is meant for',
    { durationMs: 3_000_000_000 },
    'trace x: number of requests in load is 60000000, expected at most 50000000 where all are held in memory, ' +
      'as a live run does. Simulate it, or cut the trace with --slice',
  ],
])('%s is refused', (_what, part, message) => {
  expect(() => generateArrivals({ ...base, ...part }, 1)).toThrow(new UserError(message))
})

const shipped = await Promise.all(shippedNames().map(readTrace))
const poisson = shipped.filter(
  (trace): trace is OpenTrace => trace.load.kind !== 'users' && trace.process === 'poisson',
)

describe.each(poisson)('$name over 200 seeds', (trace) => {
  const SEEDS = 200
  const WINDOW_MS = 1000

  test('mean counts match the integral and the dispersion index of counts is that of Poisson, 1', () => {
    const windows = trace.durationMs / WINDOW_MS
    const expected = Array.from(
      { length: windows },
      (_, i) =>
        expectedArrivals(trace.load, (i + 1) * WINDOW_MS) - expectedArrivals(trace.load, i * WINDOW_MS),
    )
    let total = 0
    let dispersion = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const counts = new Array<number>(windows).fill(0)
      for (const at of generateArrivals(trace, seed).atMs) counts[Math.floor(at / WINDOW_MS)]!++
      counts.forEach((count, i) => {
        total += count
        dispersion += (count - expected[i]!) ** 2 / expected[i]! / (windows * SEEDS)
      })
    }
    const mean = expectedArrivals(trace.load, trace.durationMs)
    // Standard errors: sqrt(mean / SEEDS) and about sqrt(2 / (windows * SEEDS)) = 0.01; four of each.
    expect(Math.abs(total / SEEDS - mean)).toBeLessThan(4 * Math.sqrt(mean / SEEDS))
    expect(Math.abs(dispersion - 1)).toBeLessThan(0.045)
  })
})
