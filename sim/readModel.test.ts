import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../base/errors.ts'
import { messageOfParsing } from './messageOfParsing.case.ts'
import type { Model } from './model.ts'
import { holdingMoments, parseModel, readModel } from './readModel.ts'

const REFERENCE_TEXT = readFileSync(join(import.meta.dirname, 'models/reference.json'), 'utf8')
const reference = (): Model => JSON.parse(REFERENCE_TEXT)
const changed = (change: object): unknown => ({ ...reference(), ...change })
const constant = (value: number) => ({ distribution: { family: 'deterministic', value } })
const estimate = (value: number) => ({ estimate: value, lo: null, hi: null })
const mixtureOf = (...inner: unknown[]) => ({
  family: 'mixture',
  parts: inner.map((distribution) => ({ weight: 1, distribution })),
})
const EXPONENTIAL = { family: 'exponential', mean: 3 }
const CONTAINER = {
  workers: 4,
  backlog: 2048,
  rateLimit: { kind: 'moving-window', limit: 100, windowMs: 60_000 },
  rejectMs: constant(0.4),
  checkMs: constant(0.6),
}
const CPU = { cores: 1.5, quota: 0.5, othersCores: 0.25, othersMsPerRequest: 0.3 }

it('the shipped model is read as it is written', async () => {
  expect(await readModel('reference')).toEqual(reference())
})

it('everything that a model may have', async () => {
  const startup = { ...reference().startup, created: constant(200), paused: constant(20) }
  const full = changed({
    startup: { ...startup, cpuShare: estimate(1), failure: estimate(0.02) },
    monitoring: { delayMs: estimate(2), loss: estimate(0) },
    container: CONTAINER,
    cpu: CPU,
    crashMs: estimate(3_600_000),
    transitMs: { distribution: mixtureOf(EXPONENTIAL, mixtureOf(mixtureOf(EXPONENTIAL))) },
    stopMs: {
      distribution: {
        family: 'hyperexponential',
        branches: [0.1, 0.2, 0.7].map((probability) => ({ probability, mean: 100 * probability })),
      },
    },
  })
  expect(await parseModel(full, 'm.json')).toEqual(full)
  const plain = changed({ container: { ...CONTAINER, rateLimit: null }, cpu: { ...CPU, quota: null } })
  expect(await parseModel(plain, 'm.json')).toEqual(plain)
})

const stop = (distribution: unknown) => changed({ stopMs: { distribution } })
const container = (change: object) => changed({ container: { ...CONTAINER, ...change } })
const cpu = (change: object) => changed({ cpu: { ...CPU, ...change } })

describe('a message has the file, the place, the value and what was expected', () => {
  it.each<[string, unknown]>([
    ['m.json is null, expected an object', null],
    ['m.json: classes is an object, expected at least one class of requests', changed({ classes: {} })],
    ['m.json: clases is an object, expected no key of this name', changed({ clases: {} })],
    ['m.json: transitMs is missing, expected an object', changed({ transitMs: undefined })],
    ['m.json: name is "", expected at least 1 characters', changed({ name: '' })],
    ['m.json: schema is 2, expected 1', changed({ schema: 2 })],
    ['m.json: host.a is true, expected a text or a number', changed({ host: { a: true } })],
    ['m.json: stopMs.distribution is 5, expected an object', stop(5)],
    [
      'm.json: stopMs.distribution.family is "zipf", expected one of deterministic, uniform, exponential, gamma, lognormal, weibull, hyperexponential, empirical, mixture',
      stop({ family: 'zipf' }),
    ],
    [
      'm.json: stopMs.distribution.mean is NaN, expected a finite number',
      stop({ family: 'exponential', mean: Number.NaN }),
    ],
    ['m.json: stopMs.distribution.mean is 0, expected more than 0', stop({ family: 'exponential', mean: 0 })],
    [
      'm.json: stopMs.distribution.mean is "3", expected a number',
      stop({ family: 'exponential', mean: '3' }),
    ],
    [
      'm.json: stopMs.distribution.max is 2, expected more than min',
      stop({ family: 'uniform', min: 2, max: 2 }),
    ],
    [
      'm.json: stopMs.distribution.quantiles is a list of 2, expected quantiles that do not fall',
      stop({ family: 'empirical', quantiles: [2, 1] }),
    ],
    [
      'm.json: stopMs.distribution.branches is a list of 1, expected branches whose probabilities add up to 1',
      stop({ family: 'hyperexponential', branches: [{ probability: 0.999, mean: 1 }] }),
    ],
    [
      'm.json: stopMs.distribution.branches is a list of 0, expected at least 1 entries',
      stop({ family: 'hyperexponential', branches: [] }),
    ],
    [
      'm.json: stopMs.distribution.parts is a list of 21, expected at most 20 entries',
      stop(mixtureOf(...Array(21).fill(EXPONENTIAL))),
    ],
    [
      'm.json: stopMs.distribution.parts[0].weight is -1, expected more than 0',
      stop({ family: 'mixture', parts: [{ weight: -1, distribution: EXPONENTIAL }] }),
    ],
    [
      'parts[0].distribution.parts is a list of 1, expected mixtures inside one another at most 3 deep',
      stop(mixtureOf(mixtureOf(mixtureOf(mixtureOf(EXPONENTIAL))))),
    ],
    ['m.json: container.workers is 0, expected at least 1', container({ workers: 0 })],
    ['m.json: container.workers is 1.5, expected a whole number', container({ workers: 1.5 })],
    ['m.json: container.backlog is 65536, expected at most 65535', container({ backlog: 65_536 })],
    [
      'm.json: container.rateLimit.kind is "leaky", expected one of "fixed-window", "moving-window"',
      container({ rateLimit: { kind: 'leaky', limit: 1, windowMs: 1 } }),
    ],
    [
      'm.json: container.rateLimit.limit is 1000001, expected at most 1000000',
      container({ rateLimit: { kind: 'fixed-window', limit: 1_000_001, windowMs: 1 } }),
    ],
    [
      'm.json: container.rateLimit.windowMs is 0, expected more than 0',
      container({ rateLimit: { kind: 'fixed-window', limit: 1, windowMs: 0 } }),
    ],
    ['m.json: cpu.cores is 0, expected more than 0', cpu({ cores: 0 })],
    ['m.json: cpu.quota is 1025, expected at most 1024', cpu({ quota: 1025 })],
    ['m.json: cpu.othersCores is 1.5, expected less than cores', cpu({ othersCores: 1.5 })],
    ['m.json: cpu.othersMsPerRequest is -1, expected at least 0', cpu({ othersMsPerRequest: -1 })],
    [
      'm.json: startup.cpuShare.estimate is 1.1, expected at most engineJobs, which is 1 where absent',
      changed({ startup: { ...reference().startup, cpuShare: estimate(1.1) } }),
    ],
    [
      'm.json: startup.failure.estimate is 1, expected less than 1',
      changed({ startup: { ...reference().startup, failure: estimate(1) } }),
    ],
    [
      'm.json: monitoring.loss.estimate is 1, expected less than 1',
      changed({ monitoring: { delayMs: estimate(1), loss: estimate(1) } }),
    ],
    ['m.json: crashMs.estimate is 0, expected more than 0', changed({ crashMs: estimate(0) })],
    ['m.json: ["a b"] is 1, expected no key of this name', changed({ 'a b': 1 })],
  ])('%s', async (message, value) => {
    const said = await messageOfParsing(value)
    expect(said.split('\n')).toHaveLength(1)
    expect(said.endsWith(message), said).toBe(true)
  })

  it('all problems at once, but not more than ten', async () => {
    const two = (await messageOfParsing(changed({ name: 3, host: 4 }))).split('\n')
    expect(two).toEqual(['m.json: name is 3, expected a text', 'm.json: host is 4, expected an object'])
    const keys = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`key${i}`, i]))
    const many = (await messageOfParsing(changed(keys))).split('\n')
    expect(many.slice(9)).toEqual(['m.json: key9 is 9, expected no key of this name', 'and 3 more'])
  })

  it('values that are too long or too deep to show', async () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    expect(await messageOfParsing(changed({ name: deep }))).toBe(
      'm.json: name is a list of 1, expected a text',
    )
    expect(await messageOfParsing(stop({ family: 'empirical', quantiles: [deep, 1] }))).toContain(
      'quantiles[0]',
    )
    expect((await messageOfParsing(changed({ host: 'x'.repeat(1e6) }))).length).toBeLessThan(200)
  })
})

it.each([
  ['no-such-model', 'there is no model "no-such-model"'],
  [import.meta.dirname, 'is a folder, expected a regular file'],
  [import.meta.filename, 'line 1, column 1 is "i", expected valid JSON'],
])('a file that is no model: %s', async (name, message) => {
  await expect(readModel(name)).rejects.toThrow(UserError)
  await expect(readModel(name)).rejects.toThrow(message)
})

it('the mean holding time is that of the mix', () => {
  const part = (value: number) => constant(value) as Model['stopMs']
  const parts = (value: number) => ({ blockingMs: part(value), cpuMs: part(1), overheadMs: part(2) })
  const model = { ...reference(), classes: { a: parts(10), b: parts(30) } }
  expect(holdingMoments(model, { a: 3, b: 1 }).mean).toBe((3 * 13 + 33) / 4)
  // Constants: the only variance is that of the mix, p q (difference)^2.
  expect(holdingMoments(model, { a: 3, b: 1 }).variance).toBeCloseTo((3 / 16) * 20 ** 2, 9)
  expect(holdingMoments(model, { unknown: 1 })).toEqual({ mean: 0, variance: 0 })
})
