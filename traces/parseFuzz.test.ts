import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { ArrivalStream } from './arrivalStream.ts'
import { checkedTrace } from './limits.ts'
import { parseTrace } from './parse.ts'
import type { Trace } from './trace.ts'
import { userMoves } from './users.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const header = { schema: 1, name: 'x', description: 'y', mix: { read: 3, write: 1 }, duration: '90s' }
const VALID: Json[] = [
  {
    ...header,
    process: 'even',
    load: {
      kind: 'rate',
      points: [
        { at: '0s', ratePerS: 5 },
        { at: '9s', ratePerS: 0.5 },
      ],
    },
  },
  {
    ...header,
    process: 'mmpp',
    burst: [
      { factor: 0.5, mean: '20s' },
      { factor: 3, mean: '5s' },
    ],
    load: { kind: 'rate', points: [{ at: '1m', ratePerS: 5 }] },
  },
  { ...header, load: { kind: 'counts', interval: '10s', counts: [3, 0, 7] } },
  { ...header, load: { kind: 'arrivals', at: ['12ms', '1.5s'] } },
  { ...header, load: { kind: 'arrivals', atMs: [0, 12.5, 80_000] } },
  ...(['1s', { uniform: ['1s', '3s'] }, { exponential: '2s' }] as Json[]).map((think) => ({
    ...header,
    load: {
      kind: 'users',
      points: [
        { at: '0s', users: 1 },
        { at: '9s', users: 40 },
      ],
      think,
    },
  })),
]

/** What people and programs put where something else belongs. NaN and Infinity are null in JSON. */
const nasty: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    '',
    ' ',
    '0s',
    '-5s',
    '1e9s',
    '5 s',
    '0.0000001ms',
    '9999999h',
    `${'9'.repeat(400)}s`,
  ),
  fc.constantFrom<Json>(-1, -0.5),
  fc.constantFrom<Json>(0, -0, -1, 0.5, 1e9, 2e9, 1e16, 1e300, 1e308, 5e-324, -1e300),
  fc.constantFrom<Json>([], {}, [[]], [null], { at: '0s' }, 'mmpp', 'users', 'rate', 'counts', '__proto__'),
  fc.constant<Json>(new Array<Json>(20).fill(1e9)),
  fc.array(fc.record({ at: fc.constantFrom('0s', '1s', '60s'), users: fc.nat(2e6) }), { maxLength: 20 }),
  fc.jsonValue() as fc.Arbitrary<Json>,
)

/** A valid file in which up to three values were replaced, left out, doubled, or put in another order. */
const mutated = fc
  .tuple(
    fc.constantFrom(...VALID),
    fc.array(fc.record({ where: fc.nat(), how: fc.nat(4), value: nasty, key: fc.string() }), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([file, changes]) => changes.reduce(mutate, structuredClone(file)))

function mutate(root: Json, change: { where: number; how: number; value: Json; key: string }): Json {
  const places = placesIn(root)
  const place = places[change.where % Math.max(1, places.length)]
  if (!place) return root
  const { parent, key } = place
  const present = structuredClone((parent as Record<string, Json>)[key]!)
  switch (change.how) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else delete parent[key]
      break
    case 1:
      if (Array.isArray(parent)) parent.push(present)
      else parent[change.key] = present
      break
    case 2:
      if (Array.isArray(present)) (parent as Record<string, Json>)[key] = present.reverse()
      break
    default:
      ;(parent as Record<string, Json>)[key] = structuredClone(change.value)
  }
  return root
}

function placesIn(value: Json): { parent: Json[] | { [key: string]: Json }; key: string }[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, item]) => [{ parent: value, key }, ...placesIn(item)])
}

test.each<[string, fc.Arbitrary<unknown>, number]>([
  ['a valid trace with something wrong in it', mutated, 10_000],
  ['any JSON', fc.jsonValue({ maxDepth: 5 }), 2000],
  ['a header with any load', fc.jsonValue().map((load) => ({ ...header, load })), 1000],
])('%s: a trace that can be run, or an error that names the place, at once', (_what, files, numRuns) => {
  const seen = { traces: 0, errors: 0 }
  fc.assert(
    fc.property(files, (file) => {
      const now = runClock()
      const result = attempt(JSON.parse(JSON.stringify(file)))
      expect(now()).toBeLessThan(1000)
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(UserError)
        expect(result.message).toMatch(/^f(: [^:]+)? is .*, expected ./s)
        seen.errors++
      } else {
        checkRunnable(result)
        seen.traces++
      }
    }),
    { numRuns },
  )
  expect(seen.errors).toBeGreaterThan(numRuns / 10)
  if (files === mutated) expect(seen.traces).toBeGreaterThan(numRuns / 10)
})

test('the traces that are mutated are valid', () => {
  for (const file of VALID) checkRunnable(parseTrace(file, 'f'))
})

function attempt(file: unknown): Trace | Error {
  try {
    return parseTrace(file, 'f')
  } catch (error) {
    return error as Error
  }
}

/** Times ascend, and no number is negative or without end. */
function isSound({ load, burst = [] }: Trace): boolean {
  const corners = 'points' in load ? load.points.map(({ atMs }) => atMs) : []
  const times = load.kind === 'arrivals' ? load.atMs : corners
  const amounts = [
    ...times,
    ...(load.kind === 'rate' ? load.points.map(({ ratePerS }) => ratePerS) : []),
    ...(load.kind === 'users' ? load.points.map(({ users }) => users) : []),
    ...(load.kind === 'counts' ? load.counts : []),
    ...burst.flatMap(({ factor, meanMs }) => [factor, meanMs]),
  ]
  return (
    amounts.every((amount) => amount >= 0 && Number.isFinite(amount)) &&
    times.every((time, i) => time >= (times[i - 1] ?? 0))
  )
}

function checkRunnable(trace: Trace): void {
  expect(checkedTrace(trace, 'again')).toBe(trace)
  expect(Object.values(trace.mix).some((weight) => weight > 0)).toBe(true)
  expect(trace.burst !== undefined).toBe(trace.process === 'mmpp')
  expect(isSound(trace)).toBe(true)
  if (trace.burst) {
    const cycleMs = trace.burst.reduce((sum, { meanMs }) => sum + meanMs, 0)
    const average = trace.burst.reduce((sum, { factor, meanMs }) => sum + (factor * meanMs) / cycleMs, 0)
    expect(average).toBeCloseTo(1, 9)
  }
  if (trace.load.kind === 'users') {
    expect(userMoves(trace.load, trace.durationMs)[0]!.atMs).toBe(0)
    return
  }
  let latest = 0
  const arrivals = new ArrivalStream(trace, 1)
  for (let i = 0; i < 50 && arrivals.atMs < Infinity; i++) {
    expect(arrivals.atMs).toBeGreaterThanOrEqual(latest)
    expect(arrivals.atMs).toBeLessThan(trace.durationMs)
    latest = arrivals.atMs
    arrivals.advance()
  }
}
