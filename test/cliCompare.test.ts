import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** `sim compare` on a matrix: simulated runs, and simulated ones of other seeds that say that they are live. */
const SIM = join(import.meta.dirname, '..', 'bin', 'sim')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const run = ['run', '--policy', 'pid', '--trace', 'step', '--stretch', '0.2']
  await sim(...run, '--replications', '19', '--out', 'matrix/step-pid/sim')
  await sim(...run, '--replications', '2', '--seed', '1', '--out', 'matrix/step-pid/live')
  for (const name of ['1', '2']) {
    const path = join(folder, 'matrix/step-pid/live', name, 'run.json')
    const header = JSON.parse(await readFile(path, 'utf8'))
    const live = {
      ...header,
      mode: 'live',
      startedAt: '2026-01-02T03:04:05.000Z',
      host: { cores: 2, loadAverageAtStart: 0.1 },
      app: { delay: 'off' },
      lateness: { p50: 0.1, p99: 1.5, max: 2, boundP99: 10 },
    }
    await writeFile(path, JSON.stringify(live))
  }
  await writeFile(join(folder, 'matrix', 'matrix.json'), '{}')
  await writeFile(join(folder, 'notes.md'), '## Causes\n\nNone known.\n')
})
afterAll(() => rm(folder, { recursive: true }))

const sim = (...args: string[]) => execa(SIM, args, { cwd: folder, reject: false })

it('writes marks, tables, machine, date, command and notes as a page', async () => {
  const { exitCode, stdout } = await sim('compare', 'matrix', '--report', 'page.md', '--notes', 'notes.md')
  expect(exitCode).toBe(0)
  expect(stdout).toContain('the same work: 100.0 % of')
  const page = await readFile(join(folder, 'page.md'), 'utf8')
  expect(page).toContain('Measured on 2026-01-02: 2 live runs. Machine: cores 2.')
  expect(page).toContain('step-stretch0.2: delay off')
  expect(page).toContain('Made by `sim compare matrix --report page.md --notes notes.md`')
  expect(page).toMatch(
    /\| error of the violation share, median \| at most 2\.0 points \| \d+\.\d points \| (met|\*\*missed\*\*) \|/,
  )
  expect(page).toContain('## Causes\n\nNone known.')
  expect(page).toMatch(/\| step-stretch0\.2 \| pid \| 2 \| 0\.\d\d \|.*\| 1\.5 ms \|/)
  expect(page).not.toMatch(/NaN|undefined|null/)
})

it('the marks are in --json too; a folder without runs is refused by name', async () => {
  const { stdout } = await sim('compare', 'matrix', '--json')
  expect(JSON.parse(stdout).marks.map(({ met }: { met: boolean | null }) => typeof met)).toContain('boolean')
  const { exitCode, stderr } = await sim('compare', 'nothing')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('nothing')
})
