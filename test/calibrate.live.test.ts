import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { mean } from 'simple-statistics'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Saturation } from '../cli/calibrate/saturationStudy.ts'
import { readRecord } from '../record/read.ts'

/** The saturation of one setting as a person measures it, stops it, and goes on. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const calibrate = (...more: string[]) =>
  execa(
    join(ROOT, 'bin', 'live'),
    [
      ...['calibrate', 'saturation', '--delay', 'uniform:5:50', '--out', 'out'],
      ...['--step', '1s', '--rounds', '2', ...more],
    ],
    { cwd: folder, reject: false },
  )
const record = (round: number) => join(folder, 'out', 'service', `saturation-${round}`)

it('says how long it takes and makes nothing with --dry-run', async () => {
  const { exitCode, stderr } = await calibrate('--dry-run')
  expect(exitCode).toBe(0)
  expect(stderr).toMatch(/saturation: the service, about \d+s/)
  expect(await readdir(folder)).toEqual([])
})

it('finds the knee in two rounds, and goes on after Ctrl-C without a round made twice', async () => {
  const first = calibrate()
  first.stderr!.on('data', (chunk: Buffer) => {
    if (String(chunk).includes('saturation-2, up to')) setTimeout(() => first.kill('SIGINT'), 2000)
  })
  expect((await first).exitCode).toBe(130)
  const kept = await readFile(join(record(1), 'run.json'), 'utf8')

  const { exitCode, stdout, stderr } = await calibrate('--json')
  // 4: a busy machine made the generator late.
  expect([0, 4]).toContain(exitCode)
  expect(stderr).toContain('saturation-1 has been measured already')
  expect(stderr).toContain('next: sim fit out/service')
  expect(await readFile(join(record(1), 'run.json'), 'utf8')).toBe(kept)

  const { saturation, records } = JSON.parse(stdout)
  expect(records.map(({ isNew }: { isNew: boolean }) => isNew)).toEqual([false, true])
  const { steps, knee } = saturation[0] as Saturation
  expect(steps.length).toBe(9)
  const second = await readRecord(record(2))
  expect(second.run).toMatchObject({ state: 'complete', purpose: 'saturation' })
  // The proxy measured the time that each request held the replica, on its own: 27.5 ms of delay and what a busy machine adds.
  const heldMs = mean([...second.requests.serviceMs].filter((ms) => !Number.isNaN(ms)))
  expect(heldMs).toBeGreaterThan(27.5)
  const { estimate, lo, hi } = knee.capacityPerS!
  expect(estimate * (heldMs / 1000)).toBeGreaterThan(0.7)
  expect(estimate * (heldMs / 1000)).toBeLessThan(1.15)
  expect((hi! - lo!) / estimate).toBeLessThan(0.4)
  expect(knee.limitedBy).toBe('work')

  const again = await calibrate()
  expect(again.stdout).toContain('times in service')
  expect(again.stderr).toContain('saturation-2 has been measured already')
})

it('refuses another load, or another service, in the same folder', async () => {
  const before = await readFile(join(record(1), 'run.json'), 'utf8')
  for (const [option, value, differs] of [
    ['--seed', '2', 'seed'],
    ['--step', '2s', 'load'],
    ['--maxconn', '2', 'service'],
    ['--object-size', '5000', 'app'],
  ] as const) {
    const { exitCode, stderr } = await calibrate(option, value)
    expect(exitCode, option).toBe(2)
    expect(stderr).toContain(`was measured with another ${differs}`)
  }
  expect(await readFile(join(record(1), 'run.json'), 'utf8')).toBe(before)
})
