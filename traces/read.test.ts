import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { UserError } from '../base/errors.ts'
import { shippedTraces } from './index.ts'
import { parseTrace } from './parse.ts'
import { readTrace } from './read.ts'

const folder = mkdtempSync(join(tmpdir(), 'traces-'))
afterAll(() => rmSync(folder, { recursive: true }))

const good = {
  schema: 1,
  name: 'x',
  mix: { read: 1 },
  load: { kind: 'rate', points: [{ at: '0s', ratePerS: 5 }] },
  duration: '60s',
}
const rate = (...points: unknown[]) => ({ ...good, load: { kind: 'rate', points } })
const counts = (values: unknown, interval: unknown = '10s') => ({
  ...good,
  duration: undefined,
  load: { kind: 'counts', interval, counts: values },
})
const arrivals = (part: object) => ({ ...good, load: { kind: 'arrivals', ...part } })

test('every shipped trace is read, by its name with or without .json, and named as its file', async () => {
  const shipped = await shippedTraces()
  expect(shipped.map(({ name }) => name)).toEqual([
    'bursty',
    'diurnal',
    'flash-crowd',
    'ramp',
    'sawtooth',
    'spike',
    'step',
    'users',
  ])
  for (const { name, description, durationMs, peakRatePerS, peakUsers } of shipped) {
    expect(description).toMatch(/: tests .*\.$/)
    expect(durationMs).toBeGreaterThanOrEqual(60_000)
    expect(durationMs).toBeLessThanOrEqual(120_000)
    expect([peakRatePerS, peakUsers]).toContain(null)
    expect(peakRatePerS ?? peakUsers).toBeGreaterThan(0)
    expect(peakRatePerS ?? 0).toBeLessThanOrEqual(8 * 9.4)
    expect(await readTrace(`${name}.json`)).toEqual(await readTrace(name))
  }
})

test('what is left out has a default, and weights of 0 are left out', () => {
  expect(parseTrace({ ...good, mix: { list: 2, read: 0 } }, 'f')).toEqual({
    name: 'x',
    description: '',
    process: 'poisson',
    mix: { list: 2 },
    load: { kind: 'rate', points: [{ atMs: 0, ratePerS: 5 }] },
    durationMs: 60_000,
  })
})

test.each<[string, object, number]>([
  [
    'with the last point',
    { ...rate({ at: '0s', ratePerS: 1 }, { at: '5s', ratePerS: 1 }), duration: undefined },
    5000,
  ],
  ['with the last interval', counts([1, 2]), 20_000],
  [
    'with the second of the last arrival',
    { ...arrivals({ at: ['12ms', '1.5s'] }), duration: undefined },
    2000,
  ],
  ['where it says', arrivals({ atMs: [0, 12.25] }), 60_000],
])('a trace ends %s', (_where, file, durationMs) => {
  expect(parseTrace(file, 'f').durationMs).toBe(durationMs)
})

test('a path is a path: with a byte-order mark, too', async () => {
  const path = join(folder, 'mine.json')
  writeFileSync(path, `\uFEFF${JSON.stringify(good)}`)
  expect((await readTrace(path)).name).toBe('x')
})

const SHIPPED = 'bursty, diurnal, flash-crowd, ramp, sawtooth, spike, step, users'
test.each<[string, string]>([
  ['spkie', `trace is "spkie", expected a path or one of the shipped traces: ${SHIPPED}`],
  ['./no.json', './no.json is not there, expected a file that can be read'],
  [`${folder}/`, `${folder}/ is a folder, expected a regular file`],
])('no such trace: %s', async (name, message) => {
  await expect(readTrace(name)).rejects.toThrow(new UserError(message))
})

test.each<[string, string]>([
  ['{\n  "schema": 1,\n}', 'line 3, column 1 is "}"'],
  ['{"schema": x}', 'line 1, column 12 is "x"'],
  ['{"schema": 1', 'line 1, column 13 is "the end of the file"'],
  ['', 'line 1, column 1 is "the end of the file"'],
  ['{"a": 1}\n{"b": 2}', 'line 2, column 1 is "{"'],
  ['{"a": "x\ny"}', 'line 1, column 9 is "\\n"'],
  ["{'a': 1}", 'line 1, column 2 is "\'"'],
  ['[1, 2, 03]', 'line 1, column 9 is "3"'],
])('broken JSON %j', async (content, message) => {
  const path = join(folder, 'broken.json')
  writeFileSync(path, content)
  await expect(readTrace(path)).rejects.toThrow(new UserError(`${path}: ${message}, expected valid JSON`))
})

test.each<[unknown, string]>([
  [[], 'f is [], expected a trace: an object with schema, name, mix and load'],
  [{ ...good, schema: 2 }, 'f: schema is 2, expected 1, the version of the format that this program reads'],
  [{ ...good, name: '' }, 'f: name is "", expected a name'],
  [
    { ...good, speed: 3 },
    'f: key in the trace is "speed", expected one of schema, name, description, process, burst, mix, load, duration',
  ],
  [{ ...good, process: 'odd' }, 'f: process is "odd", expected one of poisson, even, mmpp'],
  [
    { ...good, mix: undefined },
    'f: mix is undefined, expected an object of weights, of read, write, list, compress',
  ],
  [{ ...good, mix: { reed: 1 } }, 'f: key in mix is "reed", expected one of read, write, list, compress'],
  [{ ...good, mix: { read: -1 } }, 'f: mix.read is -1, expected a weight >= 0'],
  [{ ...good, mix: { read: 0 } }, 'f: mix is {"read":0}, expected at least one weight above 0'],
  [{ ...good, load: undefined }, 'f: load is undefined, expected an object with a kind'],
  [
    { ...good, load: { kind: 'user' } },
    'f: load.kind is "user", expected one of rate, counts, arrivals, users',
  ],
  [{ ...good, load: { ...good.load, step: 1 } }, 'f: key in load is "step", expected one of kind, points'],
  [
    rate(),
    'f: load.points is [], expected a list of at least one point such as {"at": "10s", "ratePerS": 5}',
  ],
  [
    rate({ at: '0s', rate: 5 }),
    'f: load.points[0] is {"at":"0s","rate":5}, expected a point such as {"at": "10s", "ratePerS": 5}',
  ],
  [rate(null), 'f: load.points[0] is null, expected a point such as {"at": "10s", "ratePerS": 5}'],
  [
    rate({ at: '0s', ratePerS: 5 }, { at: '5s', ratePerS: -1 }),
    'f: load.points[1].ratePerS is -1, expected a number >= 0, in requests per second',
  ],
  [
    rate({ at: '0s', ratePerS: Number.POSITIVE_INFINITY }),
    'f: load.points[0].ratePerS is null, expected a number >= 0, in requests per second',
  ],
  [
    rate({ at: 5, ratePerS: 5 }),
    'f: load.points[0].at is 5, expected a duration with its unit, such as 250ms, 30s, 5m or 1h',
  ],
  [
    rate({ at: '10s', ratePerS: 5 }, { at: '5s', ratePerS: 5 }),
    'f: load.points[1].at is "5s", expected a time not before the one above it, 10000ms',
  ],
  [
    rate({ at: '61s', ratePerS: 5 }),
    'f: duration is "60s", expected at least 61000ms, where the load ends. Leave out the duration and cut the trace with --slice',
  ],
  [{ ...good, duration: undefined }, 'f: duration is "0ms", expected more than 0ms and at most 366 days'],
  [
    { ...good, duration: '9000h' },
    'f: duration is "32400000000ms", expected more than 0ms and at most 366 days',
  ],
  [{ ...good, duration: 60 }, 'f: duration is 60, expected a duration such as 90s'],
  [
    rate({ at: '0s', ratePerS: 0 }),
    'f: number of requests in load is 0, expected more than 0 and at most 2000000000',
  ],
  [
    rate({ at: '0s', ratePerS: 1e8 }),
    'f: number of requests in load is 6000000000, expected more than 0 and at most 2000000000',
  ],
  [counts([1, 2.5]), 'f: load.counts[1] is 2.5, expected a whole number of requests >= 0'],
  [counts([1, -2]), 'f: load.counts[1] is -2, expected a whole number of requests >= 0'],
  [counts('1'), 'f: load.counts is "1", expected a list of at least one whole number of requests'],
  [counts([1], '0s'), 'f: load.interval is "0s", expected more than 0ms'],
  [counts([1], 10), 'f: load.interval is 10, expected a duration such as 10s'],
  [counts([0, 0]), 'f: number of requests in load is 0, expected more than 0 and at most 2000000000'],
  [arrivals({}), 'f: load is {}, expected either at (durations) or atMs (numbers)'],
  [
    arrivals({ at: ['1s'], atMs: [1] }),
    'f: load is {"at":["1s"],"atMs":[1]}, expected either at (durations) or atMs (numbers)',
  ],
  [arrivals({ atMs: [5, 'x'] }), 'f: load.atMs[1] is "x", expected a number >= 0, in ms'],
  [
    arrivals({ at: ['2s', '1s'] }),
    'f: load.at[1] is "1s", expected a time not before the one above it, 2000ms',
  ],
])('a broken trace says what is wrong (%#)', (file, message) => {
  expect(() => parseTrace(file, 'f')).toThrow(new UserError(message))
})
