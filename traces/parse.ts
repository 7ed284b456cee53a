import { z } from 'zod'
import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { checkedTrace } from './limits.ts'
import { type Load, REQUEST_CLASSES, type Trace } from './trace.ts'

/*
 * The trace as people write it -> the Trace that code uses. zod checks the header, hand-written loops the long
 * lists. In the schemas the error text is the expectation, in the words of `badInput`. This file is
 * imported lazily (traces/read.ts): zod takes as long to load as the rest of a command.
 */

const HEADER_KEYS = ['schema', 'name', 'description', 'process', 'mix', 'load', 'duration'] as const
const LOAD_KEYS: Record<Load['kind'], readonly string[]> = {
  rate: ['kind', 'points'],
  counts: ['kind', 'interval', 'counts'],
  arrivals: ['kind', 'at', 'atMs'],
}

const text = (expected: string) => z.string({ error: expected })
const list = (what: string) =>
  z.custom<unknown[]>((value) => Array.isArray(value) && value.length > 0, {
    error: `a list of at least one ${what}`,
  })
const weight = z.number({ error: 'a weight >= 0' }).nonnegative({ error: 'a weight >= 0' })

const LOAD = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('rate'), points: list('point such as {"at": "10s", "ratePerS": 5}') }),
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
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union' ? oneOf(Object.keys(LOAD_KEYS)) : 'an object with a kind',
  },
)

const TRACE_FILE = z.strictObject(
  {
    schema: z.literal(1, { error: '1, the version of the format that this program reads' }),
    name: text('a name').min(1, { error: 'a name' }),
    description: text('a text').default(''),
    process: z.enum(['poisson', 'even'], { error: oneOf(['poisson', 'even']) }).default('poisson'),
    mix: z.strictObject(
      {
        read: weight.optional(),
        write: weight.optional(),
        list: weight.optional(),
        compress: weight.optional(),
      },
      { error: `an object of weights, of ${REQUEST_CLASSES.join(', ')}` },
    ),
    load: LOAD,
    duration: text('a duration such as 90s').optional(),
  },
  { error: 'a trace: an object with schema, name, mix and load' },
)
type TraceFile = z.infer<typeof TRACE_FILE>

/**
 * Checks a value that was read from JSON and makes the trace of it. Pure.
 * @param place the file, for the error message.
 * @throws UserError with file, place in it, value and expectation.
 */
export function parseTrace(value: unknown, place: string): Trace {
  const checked = TRACE_FILE.safeParse(value)
  if (!checked.success) throw problemOf(checked.error.issues[0]!, value, place)
  const file = checked.data
  const { load, endMs } = parseLoad(file.load, place)
  return checkedTrace(
    {
      name: file.name,
      description: file.description,
      load,
      process: file.process,
      mix: parseMix(file.mix, place),
      durationMs: parseLength(file.duration, endMs, place),
    },
    place,
  )
}

function parseMix(mix: TraceFile['mix'], place: string): Trace['mix'] {
  const positive = REQUEST_CLASSES.filter((name) => (mix[name] ?? 0) > 0)
  if (positive.length === 0) {
    throw badInput({ place: `${place}: mix`, value: mix, expected: 'at least one weight above 0' })
  }
  return Object.fromEntries(positive.map((name) => [name, mix[name]!]))
}

/** The duration as written, or where the load ends by itself. */
function parseLength(duration: string | undefined, endMs: number, place: string): number {
  if (duration === undefined) return endMs
  const durationMs = parseDuration(duration, `${place}: duration`)
  if (durationMs < endMs) {
    throw badInput({
      place: `${place}: duration`,
      value: duration,
      expected: `at least ${endMs}ms, where the load ends`,
      remedy: 'Leave out the duration and cut the trace with --slice',
    })
  }
  return durationMs
}

function parseLoad(load: TraceFile['load'], place: string): { load: Load; endMs: number } {
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
  }
}

function parseRate(items: unknown[], place: string): { load: Load; endMs: number } {
  const points = items.map((item, i) => parsePoint(item, `${place}[${i}]`))
  checkAscending(
    points.map((point) => point.atMs),
    (i) => ({ place: `${place}[${i}].at`, value: (items[i] as { at: unknown }).at }),
  )
  return { load: { kind: 'rate', points }, endMs: points.at(-1)!.atMs }
}

function parsePoint(item: unknown, place: string): { atMs: number; ratePerS: number } {
  const keys = item && typeof item === 'object' ? Object.keys(item).sort().join() : ''
  if (keys !== 'at,ratePerS') {
    throw badInput({ place, value: item, expected: 'a point such as {"at": "10s", "ratePerS": 5}' })
  }
  const { at, ratePerS } = item as { at: unknown; ratePerS: unknown }
  if (!(typeof ratePerS === 'number' && ratePerS >= 0 && Number.isFinite(ratePerS))) {
    throw badInput({
      place: `${place}.ratePerS`,
      value: ratePerS,
      expected: 'a number >= 0, in requests per second',
    })
  }
  return { atMs: parseDuration(at, `${place}.at`), ratePerS }
}

function checkCount(count: unknown, place: string): void {
  if (!(Number.isSafeInteger(count) && (count as number) >= 0)) {
    throw badInput({ place, value: count, expected: 'a whole number of requests >= 0' })
  }
}

type ArrivalsFile = Extract<TraceFile['load'], { kind: 'arrivals' }>

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

/** zod's first complaint as file, place, value and expectation. */
function problemOf(issue: z.core.$ZodIssue, root: unknown, place: string) {
  const at = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], root)
  const where = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') {
    return badInput({ place: where ? `${place}: ${where}` : place, value: at, expected: issue.message })
  }
  return badInput({
    place: `${place}: key in ${where || 'the trace'}`,
    value: issue.keys[0],
    expected: oneOf(knownKeys(where, at)),
  })
}

function knownKeys(where: string, value: unknown): readonly string[] {
  if (where === 'mix') return REQUEST_CLASSES
  return where === 'load' ? LOAD_KEYS[(value as Load).kind] : HEADER_KEYS
}

function oneOf(names: readonly string[]): string {
  return `one of ${names.join(', ')}`
}
