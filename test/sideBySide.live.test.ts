import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { brokenLaws } from '../record/laws.ts'
import { readRecord } from '../record/read.ts'
import { leftovers } from './leftovers.ts'
import { live, says } from './liveCommand.case.ts'
import { lostRequests, scaleInRun } from './scaleInRun.ts'
import { traceFile } from './support.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Testbed {
  id: string
  ownerPid: number
  url: string
  replicas: { name: string }[]
}

async function testbedsOf(pids: readonly (number | undefined)[]): Promise<Testbed[]> {
  const { stdout } = await live(['status', '--json'], folder)
  return JSON.parse(stdout).testbeds.filter(({ ownerPid }: Testbed) => pids.includes(ownerPid))
}

it('two runs side by side, scaled out and in all the time, do not disturb each other, nor does a third that has no room for its record', async () => {
  await writeFile(
    join(folder, 'steady.json'),
    traceFile('steady', [
      ['0s', 20],
      ['60s', 20],
    ]),
  )
  const part = { scaleIns: 4, requests: 500, cwd: folder }
  const first = scaleInRun({ ...part, out: 'first' })
  const second = scaleInRun({ ...part, out: 'second' })
  const third = live(
    ['run', '--policy', 'pid', '--trace', 'steady.json', '--delay', 'uniform:2:20', '--out', 'third'],
    folder,
  )
  await says(third, '1s of')
  // As a full disk, for this process alone: no file of it may become larger.
  await execa('prlimit', [`--pid=${third.pid}`, '--fsize=4096'])
  const refused = await live(
    ['run', '--policy', 'pid', '--trace', 'steady.json', '--out', 'first', '--force'],
    folder,
  )
  expect(refused).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/a run that is going on \(process \d+\) writes its record into first/),
  })
  expect((await live(['down', 'deadbeef'], folder)).stderr).toContain('there is no testbed deadbeef')

  for (const [name, counts] of Object.entries({ first: await first, second: await second })) {
    expect(lostRequests(counts), name).toEqual([])
    expect(counts.scaleIns, name).toBeGreaterThan(0)
    const record = await readRecord(join(folder, name))
    expect(record.run.state).toBe('complete')
    // Of causality no word: on a busy machine the generator notes late when it has sent.
    const broken = brokenLaws(record, counts.wanted).filter((law) => !law.startsWith('causality'))
    expect(broken, name).toEqual([])
    // Its own replicas only: every one that served a request is one that it had started.
    const started = new Set(record.replicas.map(({ replica }) => replica))
    expect(
      record.requests.server.filter((server) => !started.has(server)),
      name,
    ).toEqual([])
    expect((await readdir(join(folder, name))).sort()).toEqual([
      'replicas.ndjson',
      'requests.parquet',
      'run.json',
      'ticks.ndjson',
    ])
  }
  expect(await third).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(
      /the record in third could not be written any further: .* To mend it: raise/,
    ),
  })
  const cut = await readRecord(join(folder, 'third'))
  expect(cut.run).toMatchObject({ state: 'interrupted', verdict: { valid: false } })
  expect(cut.requests.class.length).toBeGreaterThan(5)
  expect(await testbedsOf([third.pid])).toEqual([])
  expect(await leftovers()).toEqual([])
})
