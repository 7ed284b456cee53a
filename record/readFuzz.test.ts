import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { runClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { damaged, withForeignKey, withNasty } from '../test/damage.ts'
import { brokenLaws } from './laws.ts'
import { findRecords, readRecord } from './read.ts'
import { OUTCOMES, type RequestRow, type RunRecord } from './schema.ts'
import { NUMBER_COLUMNS } from './table.ts'

/** Whatever is in a record's files: a record whose every value is what schema.ts says, or a UserError with file, place and expectation. */
const DATA = join(import.meta.dirname, '../notebooks/data')
const SOURCE = join(DATA, 'measured/spike-pid/1')
const folder = mkdtempSync(join(tmpdir(), 'scaletwin-record-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => cpSync(SOURCE, folder, { recursive: true }))

const original = (file: string) => readFileSync(join(SOURCE, file))
const LONGEST_MS = 3000

function checkSound({ run, ticks, replicas, requests }: RunRecord): void {
  const n = requests.class.length
  for (const name of NUMBER_COLUMNS) {
    expect(requests[name].length).toBe(n)
    expect(requests[name].every((ms) => Number.isNaN(ms) || (ms >= 0 && Number.isFinite(ms)))).toBe(true)
  }
  expect(requests.intendedMs.some(Number.isNaN)).toBe(false)
  expect(requests.outcome.every((outcome) => OUTCOMES.includes(outcome))).toBe(true)
  expect(ticks.every(({ observation }) => Number.isFinite(observation.nowMs))).toBe(true)
  expect(replicas.every(({ atMs, replica }) => Number.isFinite(atMs) && replica !== '')).toBe(true)
  expect(run.trace.durationMs).toBeGreaterThan(0)
  expect(brokenLaws({ run, ticks, replicas, requests })).toBeInstanceOf(Array)
}

/** @returns whether it was read. */
async function check(file: string, bytes: Buffer | string): Promise<boolean> {
  writeFileSync(join(folder, file), bytes)
  const now = runClock()
  try {
    checkSound(await readRecord(folder))
    return true
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    expect(error.message).toContain(file)
    expect(error.message).toMatch(/expected ./)
    return false
  } finally {
    expect(now()).toBeLessThan(LONGEST_MS)
  }
}

it('the records of before are read: all that the notebooks keep', async () => {
  const groups = readdirSync(DATA).flatMap((kind) =>
    readdirSync(join(DATA, kind)).map((name) => join(DATA, kind, name)),
  )
  const found = await findRecords(groups)
  expect(found.length).toBeGreaterThan(30)
  for (const path of found) checkSound(await readRecord(path))
})

describe.each(['run.json', 'ticks.ndjson', 'replicas.ndjson', 'requests.parquet'])('%s', (file) => {
  it('damaged is read, or refused with its name and what was expected', async () => {
    let refused = 0
    const property = fc.asyncProperty(damaged([original(file)]), async (bytes) => {
      if (!(await check(file, bytes))) refused++
    })
    await fc.assert(property, { numRuns: 40 })
    expect(refused).toBeGreaterThan(5)
  })
})

describe('a line', () => {
  const lines = (file: string) => original(file).toString('utf8').trimEnd().split('\n')
  const free = ['app', 'versions', 'host', 'parameters', 'mix', 'replicasMs']
  const growing: RequestRow = {
    ...{ index: 0, class: 'read', intendedMs: 1, sentMs: 1.5, doneMs: 20, queueWaitMs: 0, serviceMs: 18 },
    ...{ blockingMs: 17, cpuMs: null, server: 'w1', status: 200, outcome: 'ok' },
  }
  const rows: [string, string][] = [
    ['run.json', original('run.json').toString('utf8')],
    ['ticks.ndjson', lines('ticks.ndjson').at(-1)!],
    ['replicas.ndjson', lines('replicas.ndjson')[1]!],
    ['requests.ndjson', JSON.stringify(growing)],
  ]
  beforeEach(() => {
    rmSync(join(folder, 'requests.parquet'), { force: true })
    writeFileSync(join(folder, 'requests.ndjson'), `${JSON.stringify(growing)}\n`)
  })

  it.each(rows)('of %s with another value somewhere is read, or refused by its place', async (file, row) => {
    const property = fc.asyncProperty(withNasty(row), async (text) => {
      await check(file, `${text}\n`)
    })
    await fc.assert(property, { numRuns: 60 })
  })

  it.each(rows)('of %s with a key misspelt or unknown is refused', async (file, row) => {
    const property = fc.asyncProperty(withForeignKey(row, free), async ([text]) => {
      expect(await check(file, `${text}\n`)).toBe(false)
    })
    await fc.assert(property, { numRuns: 40 })
  })

  it.each<[string, string, (row: Record<string, never>) => object, string]>([
    [
      'a time that is none',
      'requests.ndjson',
      (row) => ({ ...row, sentMs: null }),
      'line 2: sentMs is null, expected a time in ms',
    ],
    [
      'a negative time',
      'requests.ndjson',
      (row) => ({ ...row, sentMs: -1 }),
      'line 2: sentMs is -1, expected a time in ms',
    ],
    [
      'an absurd time',
      'requests.ndjson',
      (row) => ({ ...row, doneMs: 1e15 }),
      'line 2: doneMs is 1000000000000000, expected a time',
    ],
    [
      'no column',
      'requests.ndjson',
      ({ cpuMs: _, ...row }) => row,
      'line 2: cpuMs is undefined, expected a time',
    ],
    [
      'an unknown outcome',
      'requests.ndjson',
      (row) => ({ ...row, outcome: 'lost' }),
      'line 2: outcome is "lost", expected one of ok',
    ],
    [
      'no end',
      'requests.ndjson',
      (row) => ({ ...row, doneMs: null }),
      'line 2: doneMs is null, expected a time',
    ],
    [
      'an end that nobody saw',
      'requests.ndjson',
      (row) => ({ ...row, outcome: 'unanswered' }),
      'expected null, since outcome is unanswered',
    ],
    [
      'a number that is taken',
      'requests.ndjson',
      (row) => ({ ...row, index: 0 }),
      'line 2: index is 0, expected no number of another line, such as 1',
    ],
    [
      'an unknown state',
      'replicas.ndjson',
      (row) => ({ ...row, state: 'up' }),
      'line 2: state is "up", expected one of "starting"',
    ],
    [
      'an unknown decision',
      'ticks.ndjson',
      (row) => ({ ...row, decision: { kind: 'up' } }),
      'line 2: decision.kind is "up"',
    ],
  ])('with %s is refused by its place: %s', async (_, file, spoil, message) => {
    const row = JSON.parse(rows.find(([name]) => name === file)![1])
    const good = file === 'requests.ndjson' ? { ...row, index: 1 } : row
    writeFileSync(
      join(folder, file),
      `${JSON.stringify(row)}\n${JSON.stringify(spoil(good as Record<string, never>))}\n`,
    )
    await expect(readRecord(folder)).rejects.toThrow(
      `${join(folder, file)}: ${message.startsWith('line') ? message : ''}`,
    )
    await expect(readRecord(folder)).rejects.toThrow(message)
  })

  it.each<[string, (run: RunRecord['run']) => unknown, string]>([
    [
      'a time between ticks of 0',
      (run) => ({ ...run, control: { ...run.control, intervalMs: 0 } }),
      'control.intervalMs is 0, expected more than 0',
    ],
    [
      'more replicas at least than at most',
      (run) => ({ ...run, control: { ...run.control, minReplicas: 9 } }),
      'control is an object, expected maxReplicas not below minReplicas',
    ],
    [
      'another balance',
      (run) => ({ ...run, service: { ...run.service, balance: 'best' } }),
      'service.balance is "best", expected one of "roundrobin"',
    ],
    [
      'a load that goes back',
      (run) => ({
        ...run,
        trace: {
          ...run.trace,
          load: {
            kind: 'rate',
            points: [
              { atMs: 9, ratePerS: 1 },
              { atMs: 1, ratePerS: 1 },
            ],
          },
        },
      }),
      'trace.load.points is a list of 2, expected times that do not go back',
    ],
    [
      'a parameter that is a text',
      (run) => ({ ...run, policy: { ...run.policy, parameters: { kp: '1' } } }),
      'policy.parameters.kp is "1", expected a number',
    ],
  ])('of run.json with %s is refused by its place', async (_, spoil, message) => {
    const run = JSON.parse(original('run.json').toString('utf8'))
    expect(await check('run.json', JSON.stringify(spoil(run)))).toBe(false)
    await expect(readRecord(folder)).rejects.toThrow(`run.json: ${message}`)
  })

  it('a whole record without its requests is refused, not taken for an empty one', async () => {
    rmSync(join(folder, 'requests.ndjson'))
    await expect(readRecord(folder)).rejects.toThrow('requests.parquet is not there, expected a file')
  })
})
