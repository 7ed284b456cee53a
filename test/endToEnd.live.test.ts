import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sleep } from '../base/clock.ts'
import { RUN_LABEL } from '../live/labels.ts'
import { listRunDirs, ownerOf } from '../live/runDir.ts'
import { withPodman } from '../live/standing.ts'
import { brokenLaws } from '../record/laws.ts'
import { readRecord } from '../record/read.ts'
import { cdfOf, meanOf } from '../sim/distribution.ts'
import { parseModel } from '../sim/readModel.ts'
import { says } from './liveCommand.case.ts'

/** The real parts, driven by the command line as a person does it. Whatever happens, nothing may be left. */
const ROOT = join(import.meta.dirname, '..')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  expect(await leftovers()).toEqual([])
})

const start = (program: 'sim' | 'live', ...args: string[]) =>
  execa(join(ROOT, 'bin', program), args, { cwd: folder, reject: false })
const cli = async (program: 'sim' | 'live', ...args: string[]) => await start(program, ...args)

/** Containers, networks and folders of runs. */
async function leftovers(): Promise<string[]> {
  const inEngine = await withPodman(async (podman) => [
    ...(await podman.list({ label: RUN_LABEL })).map(({ name }) => name),
    ...(await podman.listNetworks({ label: RUN_LABEL })).map(({ name }) => name),
  ])
  const owners = await Promise.all(
    (await listRunDirs()).map(async (id) => ({ id, owner: await ownerOf(id) })),
  )
  return [
    ...inEngine,
    ...owners.filter(({ owner }) => owner?.pid !== process.pid).map(({ id }) => `folder of ${id}`),
  ]
}

describe('a run that does not reach its end', () => {
  it('Ctrl-C in the middle: exit 130, a readable record, nothing left', async () => {
    const child = start('live', 'run', '--policy', 'pid', '--trace', 'spike', '--out', 'cut')
    await says(child, '1s of')
    await sleep(4000)
    child.kill('SIGINT')
    const { exitCode, stderr } = await child
    expect(stderr).toContain('SIGINT: cleaning up')
    expect(exitCode).toBe(130)
    const record = await readRecord(join(folder, 'cut'))
    expect(record.run).toMatchObject({
      state: 'interrupted',
      verdict: { valid: false, reasons: ['the run was interrupted'] },
    })
    expect(record.requests.intendedMs.length).toBeGreaterThan(10)
    expect(brokenLaws(record)).toEqual([])
  })

  it('Ctrl-C while the set-up comes up: exit 130, nothing left', async () => {
    const child = start('live', 'run', '--policy', 'pid', '--trace', 'spike', '--out', 'early')
    await says(child, 'live run 1 of 1')
    await sleep(1200)
    child.kill('SIGINT')
    expect((await child).exitCode).toBe(130)
    expect((await readRecord(join(folder, 'early'))).run.state).toBe('interrupted')
  })

  it('kill -9: the record is read up to its last moment, and live down removes what is left', async () => {
    const child = start('live', 'run', '--policy', 'pid', '--trace', 'spike', '--out', 'killed')
    await says(child, '1s of')
    await sleep(4000)
    child.kill('SIGKILL')
    await child
    const record = await readRecord(join(folder, 'killed'))
    expect(record.run).toMatchObject({ state: 'interrupted', verdict: { valid: false } })
    expect(record.requests.intendedMs.length).toBeGreaterThan(10)
    expect(record.ticks.length).toBeGreaterThanOrEqual(4)
    expect((await cli('live', 'status')).stdout).toContain('left by a killed run')
    expect((await cli('live', 'down')).stdout).toMatch(/: \d+ containers and 2 networks removed/)
  })
})

describe('a standing testbed', () => {
  it('comes up, is listed, takes load, and goes down', async () => {
    const { stdout } = await cli('live', 'up', '--replicas', '2', '--delay', 'constant:20', '--json')
    const { url, id } = JSON.parse(stdout)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const status = JSON.parse((await cli('live', 'status', '--json')).stdout)
    expect(status.testbeds).toEqual([
      expect.objectContaining({
        id,
        url,
        inUse: false,
        replicas: [expect.objectContaining({ state: 'running' }), expect.anything()],
      }),
    ])
    const load = await cli('live', 'load', '--trace', 'step', '--slice', '0s..6s', '--out', 'load', '--json')
    expect(JSON.parse(load.stdout).metrics).toMatchObject({ failed: 0, rejected: 0 })
    const taken = await cli('live', 'up', '--port', new URL(url).port)
    expect(taken).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/port \d+ on 127.0.0.1 is taken. To mend it: choose another --port/),
    })
    expect((await cli('live', 'down', 'nosuch')).stderr).toContain('there is no testbed nosuch')
    expect((await cli('live', 'down', id)).stdout).toBe(`${id}: 3 containers and 2 networks removed`)
    expect((await cli('live', 'status')).stdout).toBe('no testbed on this machine')
  })

  it('a port that another program holds: exit 3 and the remedy', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const result = await cli(
      'live',
      'run',
      '--policy',
      'pid',
      '--trace',
      'spike',
      '--port',
      String(port),
      '--out',
      'port',
    )
    holder.close()
    expect(result).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`port ${port} on 127.0.0.1 is taken`),
    })
  })

  it('a setting that the application refuses: the message is its own', async () => {
    const result = await cli('live', 'up', '--delay', 'sometimes')
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain('"sometimes", expected off')
  })
})

it('live test: every part works on this machine', async () => {
  const { exitCode, stdout } = await cli('live', 'test')
  expect(stdout.split('\n').map((line) => line.slice(0, 6))).toEqual(
    Array.from({ length: 7 }, () => 'ok    '),
  )
  expect(exitCode).toBe(0)
})

it('calibrate and fit give back how the application was set up: uniform 5 to 50 ms', {
  timeout: 240_000,
}, async () => {
  for (const kind of [
    ['saturation', '--step', '6s', '--rounds', '1'],
    ['startup', '--starts', 'cold'],
  ]) {
    const { exitCode, stderr } = await cli(
      'live',
      'calibrate',
      ...kind,
      '--delay',
      'uniform:5:50',
      '--out',
      'calibration',
    )
    expect(stderr).toContain('next: sim fit calibration/service')
    // 4: a busy machine made the generator late; the application's own times are right all the same.
    expect([0, 4]).toContain(exitCode)
  }
  const fit = await cli('sim', 'fit', 'calibration/service', '-o', 'model.json')
  expect(fit.exitCode).toBe(0)
  const model = await parseModel(JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')), 'model.json')
  const { read, write } = model.classes
  for (const own of [read!, write!]) {
    // By its shape, not its name: of a few hundred values one in fifty is nearer to a Weibull's.
    const { distribution } = own.blockingMs
    for (const [ms, share] of [
      [16.25, 0.25],
      [27.5, 0.5],
      [38.75, 0.75],
    ] as const)
      expect(Math.abs(cdfOf(distribution, ms) - share), `share of delays below ${ms} ms`).toBeLessThan(0.12)
    expect(cdfOf(distribution, 2)).toBeLessThan(0.02)
    expect(cdfOf(distribution, 60)).toBeGreaterThan(0.98)
    expect(meanOf(own.overheadMs.distribution)).toBeLessThan(10)
  }
  const { cold, slowdownPerConcurrent, cpuShare } = model.startup
  expect(meanOf(cold.distribution)).toBeGreaterThan(100)
  // Three at once take longer: by the cores that they share, and by what that does not explain, which may be nothing.
  expect(slowdownPerConcurrent.estimate + cpuShare!.estimate).toBeGreaterThan(0.1)
})
