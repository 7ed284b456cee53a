import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Comparison } from '../analysis/compare.ts'
import { readRecord } from '../record/read.ts'
import { traceFile } from './support.ts'

/** A matrix of one policy on one trace of ten seconds, as a person runs it, stops it and goes on. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  await writeFile(
    join(folder, 'short.json'),
    traceFile('short', [
      ['0s', 5],
      ['4s', 20],
      ['10s', 10],
    ]),
  )
})
afterAll(() => rm(folder, { recursive: true }))

const validate = (...more: string[]) =>
  execa(
    join(ROOT, 'bin', 'live'),
    [
      'validate',
      ...['--policy', 'threshold:high=0.6', '--trace', './short.json', '--repeats', '2'],
      ...['--replications', '19', '--out', 'matrix', '--paired', ...more],
    ],
    { cwd: folder, reject: false },
  )

it('says how long it takes and makes nothing with --dry-run', async () => {
  const { exitCode, stderr } = await validate('--dry-run')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('1 cell, 2 live runs, 0 of them made already')
  expect(await readdir(folder)).toEqual(['short.json'])
})

it('predicts, measures, goes on after Ctrl-C without a run made twice, and compares', async () => {
  const first = validate()
  first.stderr!.on('data', (chunk: Buffer) => {
    if (String(chunk).includes('live run 2 of 2')) setTimeout(() => first.kill('SIGINT'), 3000)
  })
  expect((await first).exitCode).toBe(130)
  const live = join(folder, 'matrix', 'short-threshold-high=0.6', 'live')
  const kept = await readFile(join(live, '1', 'run.json'), 'utf8')
  const prediction = await readFile(join(live, '..', 'sim', 'prediction.json'), 'utf8')

  const { exitCode, stdout, stderr } = await validate('--json')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('1 of them made already')
  expect(await readFile(join(live, '1', 'run.json'), 'utf8')).toBe(kept)
  expect(await readFile(join(live, '..', 'sim', 'prediction.json'), 'utf8')).toBe(prediction)
  const comparison: Comparison = JSON.parse(stdout)
  const shares = comparison.cells.filter(({ metric }) => metric === 'violationShare')
  expect(shares.map(({ measured }) => measured.values.length)).toEqual([2])

  const [pair] = comparison.pairs
  expect(pair!.sameWork.map(({ seed }) => seed)).toEqual([1, 2])
  for (const { sameOutcome, correlation } of pair!.sameWork) {
    expect(sameOutcome).toBeGreaterThan(0.9)
    expect(correlation).toBeGreaterThan(0.5)
  }

  const { run } = await readRecord(join(live, '2'))
  expect(run.app).toMatchObject({ delay: 'stamped' })
  expect(run.prediction!.path).toMatch(/sim\/prediction\.json$/)
  const started = Date.parse(run.startedAt!)
  expect(started).toBeGreaterThan(Date.parse(JSON.parse(kept).startedAt))
})

it('refuses another matrix in the same folder', async () => {
  const { exitCode, stderr } = await validate('--peak', '30')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('holds another matrix')
})
