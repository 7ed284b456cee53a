import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monotonicMs, sleep } from '../base/clock.ts'
import { stream } from '../base/random.ts'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { startRecord } from './append.ts'
import { filesOf } from './files.ts'
import { readRecord } from './read.ts'
import type { RequestRow, RunRecord } from './schema.ts'
import { writeRecord } from './write.ts'

const whole = simulate(
  autoscaled({
    trace: constantLoad(10, 4000),
    model: handModel({ family: 'uniform', min: 5, max: 200 }),
    policy: 'pid',
  }),
)
let folder: string
let template: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  template = join(folder, 'template.json')
  await writeFile(template, JSON.stringify({ run: { ...whole.run, mode: 'live' }, tick: whole.ticks[0] }))
})
/** A test that fails leaves some of them running. */
let writers: ChildProcess[] = []
afterEach(async () => {
  for (const child of writers.filter(
    ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
  )) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  writers = []
  await rm(folder, { recursive: true })
})

const WRITER = join(import.meta.dirname, 'writer.case.ts')
/** It adds so many requests with each tick. */
const BURST = 20

interface Said {
  atMs: number
  record: string
  /** Rows that were added so far; Infinity once the record was finished. */
  rows: number
}

function startWriter(out: string, rows: number): { child: ChildProcess; said: Said[] } {
  const child = spawn(process.execPath, [WRITER, out, String(rows), template], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  writers.push(child)
  const said: Said[] = []
  let rest = ''
  child.stdout!.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const [record, count] = line.split(' ')
      said.push({
        atMs: monotonicMs(),
        record: record!,
        rows: count === 'done' ? Number.POSITIVE_INFINITY : Number(count),
      })
    }
  })
  return { child, said }
}

describe('kill -9 at a random moment', () => {
  const KILLS = 32
  const SHORT_ROWS = 300
  const seed = 20_261_124

  it(`${KILLS} times: every record is readable, has each row once, and all that are older than a second`, {
    timeout: 60_000,
  }, async () => {
    const random = stream(seed, 'kills')
    const kills = Array.from({ length: KILLS }, async (_, i) => {
      // Half of them are mostly killed in the middle of a record, half mostly around its beginning and end.
      const rows = i % 2 ? SHORT_ROWS : 0
      const out = join(folder, String(i))
      const { child, said } = startWriter(out, rows)
      while (said.length === 0) await sleep(5)
      await sleep(random() * 2200)
      const killedMs = monotonicMs()
      child.kill('SIGKILL')
      await once(child, 'close')
      return await judge(out, rows, said, killedMs)
    })
    const judged = (await Promise.all(kills)).flat()
    // Otherwise nothing was put to the test.
    expect(judged.filter(({ state }) => state === 'interrupted').length).toBeGreaterThan(KILLS / 2)
    expect(judged.filter(({ state }) => state === 'complete').length).toBeGreaterThan(KILLS / 2)
    expect(
      judged.filter(({ wanted, state }) => state === 'interrupted' && wanted > 0).length,
    ).toBeGreaterThan(5)
  })

  async function judge(out: string, rows: number, said: readonly Said[], killedMs: number) {
    const judged: { state: string; wanted: number }[] = []
    for (const name of await readdir(out)) {
      const path = join(out, name)
      const record = await readRecord(path).catch((error: Error) => error)
      if (record instanceof Error) {
        // Killed before the first byte of its header was there: it has no rows.
        expect(record.message).toMatch(/has no run\.json|is not a run record/)
        expect(said.filter((one) => one.record === name)).toEqual([])
        continue
      }
      const own = said.filter((one) => one.record === name)
      const old = own.filter(({ atMs }) => atMs < killedMs - 1000).map((one) => one.rows)
      const wanted = Math.min(Math.max(0, ...old), rows || Number.POSITIVE_INFINITY)
      const isDone = own.some((one) => one.rows === Number.POSITIVE_INFINITY)
      expect(record.run.state, path).toBe(isDone ? 'complete' : record.run.state)
      const found = Array.from(record.requests.intendedMs, (ms) => Math.round(ms * 7))
      expect(found, path).toEqual(found.map((_, i) => i))
      expect(found.length, path).toBeGreaterThanOrEqual(record.run.state === 'complete' ? rows : wanted)
      expect(record.ticks.length, path).toBeGreaterThanOrEqual(wanted / BURST)
      expect(record.replicas.length, path).toBeGreaterThanOrEqual(wanted / BURST)
      if (record.run.state === 'interrupted')
        expect(record.run.verdict.reasons[0]).toMatch(/^the run was killed/)
      judged.push({ state: record.run.state, wanted })
    }
    return judged
  }
})

describe('power loss: the end of each file may be missing, or zeros', () => {
  const rows = whole.requests.class.map((name, index): RequestRow => {
    const at = (column: Float64Array) => column[index]!
    const { intendedMs, sentMs, doneMs, queueWaitMs, serviceMs, blockingMs } = whole.requests
    return {
      index,
      class: name,
      intendedMs: at(intendedMs),
      sentMs: at(sentMs),
      doneMs: at(doneMs),
      queueWaitMs: at(queueWaitMs),
      serviceMs: at(serviceMs),
      blockingMs: at(blockingMs),
      cpuMs: null,
      server: whole.requests.server[index]!,
      status: 200,
      outcome: 'ok',
    }
  })
  let cut: string
  beforeEach(async () => {
    const growing = await startRecord(join(folder, 'growing'), { ...whole.run, state: 'running' })
    for (const row of whole.ticks) growing.addTick(row)
    for (const event of whole.replicas) growing.addReplicaEvent(event)
    for (const row of rows) growing.addRequest(row)
    await growing.flush()
    cut = join(folder, 'cut')
    await cp(join(folder, 'growing'), cut, { recursive: true })
    await growing.finish(whole.run)
    await rm(filesOf(cut).writer)
  })

  it.each(['ticks', 'replicas', 'requestsGrowing'] as const)(
    '%s cut at every byte of its last 200',
    async (file) => {
      const path = filesOf(cut)[file]
      const bytes = await readFile(path)
      const lengthOf = (record: RunRecord) =>
        file === 'requestsGrowing' ? record.requests.class.length : record[file].length
      const reason = (record: RunRecord) =>
        record.run.verdict.reasons.find((text) => text.startsWith(basename(path)))
      for (let at = Math.max(0, bytes.length - 200); at <= bytes.length; at++) {
        const lines = bytes.subarray(0, at).toString().split('\n').length - 1
        const tail = at - (at > 0 ? bytes.lastIndexOf(10, at - 1) + 1 : 0)
        await truncate(path, at)
        const missing = await readRecord(cut)
        expect(lengthOf(missing), `cut at ${at}`).toBe(lines)
        expect(reason(missing), `cut at ${at}`).toBe(
          tail === 0
            ? undefined
            : `${basename(path)}: its last ${tail} bytes are no whole line and are left out`,
        )
        if (at % 10 === 0) {
          await truncate(path, bytes.length) // grows again, with zeros
          expect(lengthOf(await readRecord(cut)), `zeros from ${at}`).toBe(lines)
        }
        await writeFile(path, bytes)
      }
    },
  )

  it('a block of zeros, where only what was written after it has reached the disk, ends the record', async () => {
    const path = filesOf(cut).requestsGrowing
    const bytes = await readFile(path)
    const tenth = bytes.toString().split('\n').slice(0, 10).join('\n').length
    await writeFile(path, bytes.fill(0, tenth - 20, tenth + 20))
    const { requests, run } = await readRecord(cut)
    expect(requests.class.length).toBe(9)
    expect(run.verdict.reasons.at(-1)).toMatch(/^requests\.ndjson: its last \d+ bytes are no whole line/)
  })

  it('what is missing is said: how far the record goes, and how many requests have no row', async () => {
    const lines = (await readFile(filesOf(cut).requestsGrowing, 'utf8')).split('\n')
    await writeFile(
      filesOf(cut).requestsGrowing,
      [...lines.slice(0, 7), ...lines.slice(9, 20), ''].join('\n'),
    )
    await writeFile(filesOf(cut).ticks, '')
    await writeFile(filesOf(cut).replicas, '')
    const { run, requests } = await readRecord(cut)
    expect(requests.class.length).toBe(18)
    expect(run.verdict.reasons).toEqual([
      expect.stringMatching(/^the run was killed before it ended: its record ends after [\d.]+m?s of 4s$/),
      'of the 20 requests up to the latest one with a row, 2 have none: they were unanswered when the run was killed, or lost with it',
    ])
  })

  it('a run killed while its record is being closed has lost no row and has none twice', async () => {
    await writeRecord(join(folder, 'whole'), whole)
    await cp(filesOf(join(folder, 'whole')).requests, filesOf(cut).requests)
    await writeFile(`${filesOf(cut).run}.part`, '{"sch')
    const record = await readRecord(cut)
    expect(record.requests).toEqual(whole.requests)
    expect(record.run.verdict.reasons).toEqual([
      'the run was killed before it ended: all its rows were written, its own verdict was not',
    ])
  })
})

it('a full disk (here: the largest file that the process may write) ends the run with exit 3, and the record is readable up to there', async () => {
  const limited = ['-c', `ulimit -f 64; exec "$0" "$@"`, process.execPath, WRITER, folder, '0', template]
  const child = spawn('bash', limited, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  const [exitCode] = await once(child, 'close')
  expect(output).toMatch(
    /\nfailed: the record in .*\/1 could not be written any further: a file is larger than it may be \(EFBIG\)\. What was recorded until then can be read\. To mend it: raise `ulimit -f`/,
  )
  expect(exitCode).toBe(3)
  const record = await readRecord(join(folder, '1'))
  expect(record.run).toMatchObject({
    state: 'interrupted',
    verdict: { valid: false, reasons: [expect.stringContaining('could not be written any further')] },
  })
  expect(record.requests.class.length).toBeGreaterThan(100)
  for (const file of ['ticks', 'replicas', 'requestsGrowing'] as const)
    expect(await readFile(filesOf(join(folder, '1'))[file], 'utf8')).toMatch(/\n$/)
  expect((await readdir(join(folder, '1'))).sort()).toEqual([
    'replicas.ndjson',
    'requests.ndjson',
    'run.json',
    'ticks.ndjson',
  ])
})
