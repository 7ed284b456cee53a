import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sleep } from '../../base/clock.ts'
import { brokenLaws } from '../../record/laws.ts'
import { readRecord } from '../../record/read.ts'

/** A policy that holds and tells the wall clock, ms: the run's own files show that it was stepped. */
const TELLS_THE_TIME = `export default {
  name: 'clock', summary: '', source: '', parameters: {},
  init: () => null,
  decide: () => ({ decision: { kind: 'hold', reason: String(new Date().getTime()) }, state: null }),
}
`
const HOUR_MS = 3_600_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** libfaketime(8): the process's wall clock follows a file; its monotonic clock stays. */
it('an hour forward and two back on the wall clock change nothing in a run', async () => {
  const path = (name: string) => join(folder, name)
  await writeFile(path('policy.mjs'), TELLS_THE_TIME)
  await writeFile(path('offset'), '+0\n')
  const { stdout: files } = await execa('dpkg', ['-L', 'libfaketime'])
  const library = files.split('\n').find((file) => file.endsWith('/libfaketime.so.1'))!
  const args = ['run', '--policy', path('policy.mjs'), '--initial', '2', '--trace', 'step']
  const run = execa('bin/live', [...args, '--slice', '0s..8s', '--out', path('out')], {
    reject: false,
    env: {
      LD_PRELOAD: library,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
      FAKETIME_TIMESTAMP_FILE: path('offset'),
    },
  })
  await untilTicks(path('out'), 3)
  await writeFile(path('offset'), '+3600\n')
  await untilTicks(path('out'), 6)
  await writeFile(path('offset'), '-3600\n')
  const { stderr } = await run
  const record = await readRecord(path('out'))
  expect(record.run.state, stderr).toBe('complete')
  const wallMs = record.ticks.map(({ decision }) => Number(decision.reason))
  const steps = wallMs.slice(1).map((ms, i) => Math.round((ms - wallMs[i]!) / HOUR_MS))
  expect(steps.filter((hours) => hours !== 0)).toEqual([1, -2])
  expect(record.ticks.map(({ observation }) => observation.nowMs)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((s) => 1000 * s),
  )
  expect(brokenLaws(record)).toEqual([])
  expect(new Set(record.requests.outcome)).toEqual(new Set(['ok']))
})

async function untilTicks(path: string, count: number): Promise<void> {
  while (((await readRecord(path).catch(() => null))?.ticks.length ?? 0) < count) await sleep(50)
}
