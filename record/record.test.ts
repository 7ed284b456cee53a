import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { startRecord } from './append.ts'
import { filesOf } from './files.ts'
import { brokenLaws } from './laws.ts'
import { findRecords, readRecord } from './read.ts'
import type { RequestRow, RunRecord } from './schema.ts'
import { writeRecord } from './write.ts'

const record = simulate(
  autoscaled({
    trace: constantLoad(20, 20_000),
    model: handModel({ family: 'uniform', min: 5, max: 200 }),
    policy: 'pid',
  }),
)
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

const rowsOf = ({ requests }: RunRecord): RequestRow[] =>
  requests.class.map((name, index) => ({
    index,
    class: name,
    intendedMs: requests.intendedMs[index]!,
    sentMs: requests.sentMs[index]!,
    doneMs: requests.doneMs[index]!,
    queueWaitMs: requests.queueWaitMs[index]!,
    serviceMs: requests.serviceMs[index]!,
    blockingMs: requests.blockingMs[index]!,
    cpuMs: null,
    server: requests.server[index]!,
    status: requests.status[index]!,
    outcome: requests.outcome[index]!,
  }))

describe('a record', () => {
  it('is read as it was written, to the bit', async () => {
    await writeRecord(folder, record)
    expect(await readRecord(folder)).toEqual(record)
  })

  it('that grew row by row is the same as one written at once, and leaves no growing file', async () => {
    const growing = await startRecord(folder, { ...record.run, state: 'running' })
    for (const row of record.ticks) growing.addTick(row)
    for (const event of record.replicas) growing.addReplicaEvent(event)
    for (const row of rowsOf(record).reverse()) growing.addRequest(row)
    await growing.finish(record.run)
    const read = await readRecord(folder)
    expect({ ...read, requests: { ...read.requests, cpuMs: record.requests.cpuMs } }).toEqual(record)
    expect((await readdir(folder)).sort()).toEqual([
      'replicas.ndjson',
      'requests.parquet',
      'run.json',
      'ticks.ndjson',
    ])
  })

  it('of a run that goes on is read as it is so far, and nobody else may write there', async () => {
    const growing = await startRecord(folder, { ...record.run, state: 'running' })
    try {
      for (const row of rowsOf(record).slice(0, 50)) growing.addRequest(row)
      await growing.flush()
      const read = await readRecord(folder)
      expect(read.requests.intendedMs).toEqual(record.requests.intendedMs.slice(0, 50))
      expect(read.run).toMatchObject({
        state: 'interrupted',
        verdict: {
          valid: false,
          reasons: [expect.stringMatching(/^the run is still going on \(process \d+\).* of 20s$/)],
        },
      })
      for (const write of [() => startRecord(folder, record.run), () => writeRecord(folder, record)])
        await expect(write()).rejects.toThrow(/a run that is going on \(process \d+\) writes its record into/)
    } finally {
      await growing.finish(record.run)
    }
    await expect(writeRecord(folder, record)).rejects.toThrow('holds the record of another run')
  })

  it('is found in a folder of runs, in the order of their numbers', async () => {
    for (const name of ['10', '9', '1']) await writeRecord(join(folder, name), record)
    expect(await findRecords([folder])).toEqual(['1', '9', '10'].map((name) => join(folder, name)))
  })
})

describe('an unreadable record is named with its place', () => {
  it.each([
    ['no folder', async () => {}, 'is not a run record: it has no run.json'],
    [
      'a writer that was killed before its end',
      async (f: string) => {
        await writeRecord(f, record)
        await rm(filesOf(f).run)
      },
      'has no run.json: whoever wrote the record did not finish it. Make it anew, with --force',
    ],
    ['no JSON', (f: string) => writeFile(filesOf(f).run, '{'), 'run.json: line 1, column 2 is'],
    [
      'another version',
      (f: string) => writeFile(filesOf(f).run, '{"schema": 99}'),
      'run.json: schema is 99, expected 1',
    ],
    [
      'a cut tick',
      async (f: string) => {
        await writeRecord(f, record)
        await appendFile(filesOf(f).ticks, '{"obs')
      },
      `ticks.ndjson: line ${record.ticks.length + 1}, column 6 is`,
    ],
    [
      'no Parquet',
      async (f: string) => {
        await writeRecord(f, record)
        await writeFile(filesOf(f).requests, 'PAR1 nonsense')
      },
      'requests.parquet cannot be read as Parquet',
    ],
  ])('%s', async (_name, spoil, message) => {
    await spoil(folder)
    await expect(readRecord(folder)).rejects.toThrow(message)
  })
})

describe('the laws', () => {
  it('hold on a simulated record', () => {
    expect(brokenLaws(record, record.requests.intendedMs.length)).toEqual([])
  })

  it.each([
    ['a request is missing', (r: RunRecord) => r, 1, /^conservation/],
    [
      'an answer before the question',
      (r: RunRecord) => set(r.requests.doneMs, 3, 0, r),
      0,
      /^causality: request 3/,
    ],
    [
      'more waiting than time',
      (r: RunRecord) => set(r.requests.queueWaitMs, 4, 1e6, r),
      0,
      /^causality: request 4/,
    ],
    [
      'time that goes back',
      (r: RunRecord) => set(r.requests.intendedMs, 5, 0, r),
      0,
      /^monotone time: request 5/,
    ],
    [
      'a replica ready twice',
      (r: RunRecord) => ({ ...r, replicas: [...r.replicas, { ...r.replicas[1]!, atMs: 1e9 }] }),
      0,
      /^replica life: w1/,
    ],
    [
      'a tick that forgets its target',
      (r: RunRecord) => ({ ...r, ticks: r.ticks.map((t, i) => (i === 2 ? { ...t, target: 99 } : t)) }),
      0,
      /^control: tick 3/,
    ],
  ])('notice %s', (_name, spoil, missing, message) => {
    const spoilt = spoil(structuredClone(record))
    expect(brokenLaws(spoilt, record.requests.intendedMs.length + missing).join('\n')).toMatch(message)
  })
})

function set(column: Float64Array, index: number, value: number, record: RunRecord): RunRecord {
  column[index] = value
  return record
}

it('the header of a record is readable by a person', async () => {
  await writeRecord(folder, record)
  expect(await readFile(filesOf(folder).run, 'utf8')).toMatch(/^\{\n {2}"schema": 1,/)
})
