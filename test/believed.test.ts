import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseSla } from '../analysis/sla.ts'
import { refuseInvalid } from '../cli/believe.ts'
import { judged } from '../cli/measureLive.ts'

/** Runs that cannot be believed, on the command line: where they are made and wherever they are read. */
const ROOT = join(import.meta.dirname, '..')
const RUN = ['run', '--policy', 'threshold', '--trace', 'step', '--stretch', '0.2']
let folder: string
const sim = (...args: string[]) => execa(join(ROOT, 'bin', 'sim'), args, { cwd: folder, reject: false })
const headerOf = async (record: string) =>
  JSON.parse(await readFile(join(folder, record, 'run.json'), 'utf8'))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const model = JSON.parse(await readFile(join(ROOT, 'sim/models/reference.json'), 'utf8'))
  const calibrated = { arrivalsPerS: 5, replicas: 8, concurrentStarts: 8 }
  await writeFile(join(folder, 'small.json'), JSON.stringify({ ...model, name: 'small', calibrated }))
  await sim(...RUN, '--replications', '1', '--out', 'good')
  await sim(...RUN, '--replications', '1', '--out', 'broken')
  const events = join(folder, 'broken', 'replicas.ndjson')
  const stopped = { atMs: 1, replica: 'w1', state: 'stopped' }
  await writeFile(events, `${JSON.stringify(stopped)}\n${JSON.stringify(stopped)}\n`)
  for (const name of ['good', 'broken']) await copyAsLive(name, `${name}-live`)
})
afterAll(() => rm(folder, { recursive: true }))

async function copyAsLive(from: string, to: string): Promise<void> {
  await execa('cp', ['-r', from, to], { cwd: folder })
  const lateness = { p50: 0.1, p99: 1, max: 2, boundP99: 10 }
  const live = {
    ...(await headerOf(from)),
    mode: 'live',
    startedAt: '2026-01-02T03:04:05.000Z',
    host: { cores: 2 },
    lateness,
  }
  await writeFile(join(folder, to, 'run.json'), JSON.stringify(live))
}

describe('a model that does not reach so far', () => {
  const beyond =
    /the model small was calibrated up to 5\.0 requests\/s: this run had \d+ requests\/s \(\d\.\d times\)/

  it('sim run prints what came out, says so, and ends with 4', async () => {
    const { exitCode, stdout, stderr } = await sim(...RUN, '--model', 'small.json')
    expect({ exitCode, isPrinted: stdout.includes('requests') }).toEqual({ exitCode: 4, isPrinted: true })
    expect(stderr).toMatch(beyond)
  })

  it('its records say so themselves', async () => {
    const { exitCode } = await sim(...RUN, '--model', 'small.json', '--replications', '2', '--out', 'far')
    expect(exitCode).toBe(4)
    const { verdict } = await headerOf('far/2')
    expect(verdict).toEqual({ valid: false, reasons: [expect.stringMatching(beyond)] })
  })

  it('sim tune remarks on it', async () => {
    const tune = [
      'tune',
      '--policy',
      'threshold',
      '--trace',
      'step',
      '--stretch',
      '0.2',
      '--evaluations',
      '4',
    ]
    const { exitCode, stderr } = await sim(...tune, '--model', 'small.json')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(beyond)
  })

  it('nothing is said where it is not known, as of the shipped model', async () => {
    const { exitCode, stderr } = await sim(...RUN, '--peak', '300')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})

it('a live run whose record breaks a law is judged not valid, in its own run.json', async () => {
  await copyAsLive('broken', 'judged')
  const { header } = await judged(join(folder, 'judged'), { sla: parseSla('p95<500ms') })
  expect(header.verdict.reasons[0]).toMatch(/^replica life: w1 went from none to stopped/)
  expect((await headerOf('judged')).verdict).toEqual(header.verdict)
  expect(() => refuseInvalid([{ folder: 'judged', header }])).toThrow(
    expect.objectContaining({
      exitCode: 4,
      message: expect.stringContaining('judged is not valid: replica life'),
    }),
  )
})

describe('a record with a broken law is used, and whoever uses it is told', () => {
  const law = 'replica life: w1 went from none to stopped'

  it.each<[string, string[], string]>([
    [
      'sim plot',
      ['plot', 'broken', '-o', 'x.svg'],
      `broken cannot be believed, and is used all the same: ${law}`,
    ],
    ['sim replay', ['replay', 'broken'], `broken cannot be believed, and is used all the same: ${law}`],
    ['sim compare, of a live run', ['compare', 'good', 'broken-live'], `a live run is not valid (${law}`],
    [
      'sim compare, of a simulated run',
      ['compare', 'broken', 'good-live'],
      `a simulated run is not valid (${law}`,
    ],
    [
      'sim report',
      ['report', 'broken', '-o', 'x.html'],
      `broken cannot be believed, and is used all the same: ${law}`,
    ],
  ])('%s', async (_name, args, text) => {
    const { exitCode, stderr } = await sim(...args)
    expect(stderr).toContain(text)
    expect(exitCode).toBe(0)
  })
})
