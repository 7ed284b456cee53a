import { z } from 'zod'
import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { list, oneOf, text } from './expectations.ts'
import { parseThink } from './parseThink.ts'
import type { Load, UserPoint } from './trace.ts'

/* The load of a trace as people write it. `endMs` is where it ends by itself, ms. */

export const LOAD_KEYS: Record<Load['kind'], readonly string[]> = {
  rate: ['kind', 'points'],
  counts: ['kind', 'interval', 'counts'],
  arrivals: ['kind', 'at', 'atMs'],
  users: ['kind', 'points', 'think'],
}

const RATE_POINT = 'point such as {"at": "10s", "ratePerS": 5}'
const USER_POINT = 'point such as {"at": "10s", "users": 5}'

export const LOAD = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('rate'), points: list(RATE_POINT) }),
    z.strictObject({
      kind: z.literal('counts'),
      interval: text('a duration such as 10s'),
      counts: list('whole number of requests'),
    }),
    z.strictObject({
      kind: z.literal('arrivals'),
      at: list('time such as "12ms"').optional(),
      atMs: list('time in ms').optional(),
    }),
    z.strictObject({ kind: z.literal('users'), points: list(USER_POINT), think: z.unknown().optional() }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union' ? oneOf(Object.keys(LOAD_KEYS)) : 'an object with a kind',
  },
)

type LoadFile = z.infer<typeof LOAD>

/** @throws UserError with place, value and expectation. */
export function parseLoad(load: LoadFile, place: string): { load: Load; endMs: number } {
  switch (load.kind) {
    case 'rate':
      return parseRate(load.points, `${place}: load.points`)
    case 'counts': {
      const intervalMs = parseDuration(load.interval, `${place}: load.interval`)
      if (intervalMs === 0) {
        throw badInput({ place: `${place}: load.interval`, value: load.interval, expected: 'more than 0ms' })
      }
      load.counts.forEach((count, i) => {
        checkCount(count, `${place}: load.counts[${i}]`)
      })
      const counts = load.counts as number[]
      return { load: { kind: 'counts', intervalMs, counts }, endMs: counts.length * intervalMs }
    }
    case 'arrivals':
      return parseArrivals(load, `${place}: load`)
    case 'users': {
      const points = parseUsers(load.points, `${place}: load.points`)
      const think = parseThink(load.think, `${place}: load.think`)
      return { load: { kind: 'users', points, think }, endMs: points.at(-1)!.atMs }
    }
  }
}

function parseRate(items: unknown[], place: string): { load: Load; endMs: number } {
  const points = parsePoints(items, place, {
    key: 'ratePerS',
    example: RATE_POINT,
    isGood: (rate) => rate >= 0 && Number.isFinite(rate),
    expected: 'a number >= 0, in requests per second',
  })
  return {
    load: { kind: 'rate', points: points.map(({ atMs, value }) => ({ atMs, ratePerS: value })) },
    endMs: points.at(-1)!.atMs,
  }
}

function parseUsers(items: unknown[], place: string): UserPoint[] {
  const points = parsePoints(items, place, {
    key: 'users',
    example: USER_POINT,
    isGood: (users) => users >= 0 && Number.isSafeInteger(users),
    expected: 'a whole number of users >= 0',
  })
  return points.map(({ atMs, value }) => ({ atMs, users: value }))
}

/** Corners of a line: `{"at": duration, [key]: number}`, at ascending times. */
function parsePoints(
  items: unknown[],
  place: string,
  kind: { key: string; example: string; isGood: (value: number) => boolean; expected: string },
): { atMs: number; value: number }[] {
  const points = items.map((item, i) => parsePoint(item, `${place}[${i}]`, kind))
  checkAscending(
    points.map((point) => point.atMs),
    (i) => ({ place: `${place}[${i}].at`, value: (items[i] as { at: unknown }).at }),
  )
  return points
}

function parsePoint(item: unknown, place: string, kind: Parameters<typeof parsePoints>[2]) {
  const keys = item && typeof item === 'object' ? Object.keys(item).sort().join() : ''
  if (keys !== `at,${kind.key}`) {
    throw badInput({ place, value: item, expected: `a ${kind.example}` })
  }
  const { at, [kind.key]: value } = item as Record<string, unknown>
  if (!(typeof value === 'number' && kind.isGood(value))) {
    throw badInput({ place: `${place}.${kind.key}`, value, expected: kind.expected })
  }
  return { atMs: parseDuration(at, `${place}.at`), value }
}

function checkCount(count: unknown, place: string): void {
  if (!(Number.isSafeInteger(count) && (count as number) >= 0)) {
    throw badInput({ place, value: count, expected: 'a whole number of requests >= 0' })
  }
}

type ArrivalsFile = Extract<LoadFile, { kind: 'arrivals' }>

/** The trace ends with the second in which its last request arrives. */
function parseArrivals({ at, atMs }: ArrivalsFile, place: string): { load: Load; endMs: number } {
  const items = at ?? atMs
  if (!items || (at && atMs)) {
    throw badInput({
      place,
      value: { at, atMs },
      expected: 'either at (durations) or atMs (numbers)',
    })
  }
  const list = `${place}.${at ? 'at' : 'atMs'}`
  const times = items.map((item, i) =>
    at ? parseDuration(item, `${list}[${i}]`) : timeInMs(item, `${list}[${i}]`),
  )
  checkAscending(times, (i) => ({ place: `${list}[${i}]`, value: items[i] }))
  return { load: { kind: 'arrivals', atMs: times }, endMs: (Math.floor(times.at(-1)! / 1000) + 1) * 1000 }
}

function timeInMs(item: unknown, place: string): number {
  if (typeof item === 'number' && item >= 0 && Number.isFinite(item)) return item
  throw badInput({ place, value: item, expected: 'a number >= 0, in ms' })
}

function checkAscending(times: number[], placeOf: (i: number) => { place: string; value: unknown }): void {
  const wrong = times.findIndex((time, i) => i > 0 && time < times[i - 1]!)
  if (wrong < 0) return
  throw badInput({ ...placeOf(wrong), expected: `a time not before the one above it, ${times[wrong - 1]}ms` })
}
