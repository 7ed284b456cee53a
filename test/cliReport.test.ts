import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** `sim report` on simulated runs, some of which say that they are live; `live experiment` as far as it needs no container. */
const BIN = join(import.meta.dirname, '..', 'bin')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  for (const [name, ...policy] of [
    ['1-without', 'threshold'],
    ['2-with', 'pid', '--set', 'kp=0.5'],
  ]) {
    const run = ['run', '--policy', ...policy, '--trace', 'step', '--stretch', '0.2'] as string[]
    await sim(...run, '--replications', '19', '--out', `runs/step-${name}/sim`)
    await sim(...run, '--replications', '1', '--out', `runs/step-${name}/live`)
    await pretendLive(`runs/step-${name}/live`)
  }
  await writeFile(
    join(folder, 'runs', 'matrix.json'),
    JSON.stringify({ improvement: { without: 'threshold', with: 'pid kp=0.5' } }),
  )
  await writeFile(join(folder, 'own.md'), '## motivation\n\nBecause of a < b & #x.\n')
  await writeFile(join(folder, 'authors.yaml'), '- name: A. Person\n  contributions: [all of it]\n')
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

async function pretendLive(path: string): Promise<void> {
  const file = join(folder, path, 'run.json')
  const header = JSON.parse(await readFile(file, 'utf8'))
  const live = {
    ...header,
    mode: 'live',
    startedAt: '2026-01-02T03:04:05.000Z',
    host: { cores: 7, loadAverageAtStart: 0.1 },
    app: { delay: 'uniform:5:200', rateLimit: 'off', objectBytes: '8320' },
    lateness: { p50: 0.1, p99: 1.5, max: 2, boundP99: 10 },
  }
  await writeFile(file, JSON.stringify(live))
}

const sim = (...args: string[]) => execa(join(BIN, 'sim'), args, { cwd: folder, reject: false })

it('writes both forms, with what the records have, and says what is missing', async () => {
  const { exitCode, stdout, stderr } = await sim(
    ...['report', 'runs', '--text', 'own.md', '--authors', 'authors.yaml', '-o', 'report'],
  )
  expect(stderr).not.toContain('bug')
  expect(exitCode).toBe(0)
  expect(stdout).toBe('report.pdf\nreport.html')
  expect((await stat(join(folder, 'report.pdf'))).size).toBeGreaterThan(50_000)
  const page = await readFile(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('Because of a &lt; b &amp; #x.')
  expect(page).toContain('<tr><td>cores</td><td>7</td></tr>')
  expect(page).toMatch(/Without the improvement, threshold: \d+\.\d % of the requests/)
  expect(page).toContain(
    '<td>kp</td><td>proportional gain Kp</td><td>1</td><td class="number">0.8</td><td class="number">0.5 *</td>',
  )
  expect(page).toContain('--policy pid --set kp=0.5 --trace step --stretch 0.2 --seed 1')
  expect(page).toContain('Calibration (a), the saturation point: <code>bin/live calibrate saturation</code>')
  expect(page).not.toContain('id="calibration"')
  expect(page).not.toMatch(/NaN|undefined|\bnull\b|Infinity/)
}, 60_000)

it('the same records give the same page', async () => {
  const pages = []
  for (let i = 0; i < 2; i++) {
    await sim('report', 'runs', '-o', 'same.html')
    pages.push(await readFile(join(folder, 'same.html'), 'utf8'))
  }
  expect(pages[1]).toBe(pages[0])
}, 60_000)

it.each([
  [
    ['report', 'runs', '-o', 'report.doc'],
    '--out is "report.doc", expected a path that ends in .pdf or .html',
  ],
  [['report', 'nothing'], 'nothing holds no run record'],
  [['report', 'runs', '--text', 'none.md'], '--text none.md is not there, expected a file that can be read'],
  [['report', 'runs', '--text', 'authors.yaml'], 'authors.yaml:1'],
  [['report', 'runs', '--authors', 'own.md'], 'own.md'],
])('refuses %j', async (args, said) => {
  const { exitCode, stderr } = await sim(...args)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(said)
})

const live = (...args: string[]) =>
  execa(join(BIN, 'live'), ['experiment', ...args], { cwd: folder, reject: false })

it('an experiment says in advance what it runs and how long that takes', async () => {
  const { exitCode, stderr } = await live('--dry-run')
  expect(exitCode).toBe(0)
  expect(stderr).toContain('knows no paused starts, so the improved side has no stand-by')
  expect(stderr).toContain('4 cells, 4 live runs, 0 of them made already; the others take about 7m')
})

it('an experiment without a difference between its sides is refused', async () => {
  const { exitCode, stderr } = await live('--dry-run', '--without', 'pid', '--standby', 'none')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--with is "pid"')
})
