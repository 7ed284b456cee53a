import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { DEFAULT_APP } from '../live/appSettings.ts'
import { OWNER_LABEL } from '../live/labels.ts'
import { type LiveRun, liveRun } from '../live/run.ts'
import { withPodman } from '../live/standing.ts'
import { NO_KNOWLEDGE } from '../policies/policy.ts'
import { staticPolicy } from '../policies/static.ts'
import { parseFault } from '../record/faults.ts'
import { brokenLaws } from '../record/laws.ts'
import { readRecord } from '../record/read.ts'
import type { ControlSettings, StartPhases } from '../record/schema.ts'

/** The real stand-by pool: what a start from it saves, that it is filled again, and that nothing of it is left. */
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  const label = `${OWNER_LABEL}=${process.pid}`
  const left = await withPodman(async (podman) => [
    ...(await podman.list({ label })).map(({ name, state }) => `${name} ${state}`),
    ...(await podman.listNetworks({ label })).map(({ name }) => name),
  ])
  expect(left).toEqual([])
})

/** One replica, and three from the first tick on. */
const threeReplicas = (standby: ControlSettings['standby'], durationMs: number): LiveRun => ({
  trace: {
    name: 'light',
    description: '',
    load: {
      kind: 'rate',
      points: [
        { atMs: 0, ratePerS: 2 },
        { atMs: durationMs, ratePerS: 2 },
      ],
    },
    process: 'even',
    mix: { read: 1 },
    durationMs,
  },
  policy: staticPolicy,
  parameters: { replicas: 3 },
  control: { ...DEFAULT_CONTROL, standby, knowledge: NO_KNOWLEDGE },
  service: DEFAULT_SERVICE,
  app: DEFAULT_APP,
  seed: 1,
  purpose: 'run',
  model: null,
  prediction: null,
  port: 0,
})

const totalMs = ({ createMs, startMs, answerMs, checkMs }: StartPhases) =>
  createMs + startMs + (answerMs ?? 0) + checkMs

it('a frozen replica is ready long before a cold one that was asked for with it, and is replaced by another', async () => {
  const path = join(folder, 'paused')
  const run = threeReplicas({ method: 'paused', size: 1 }, 14_000)
  await liveRun(
    { ...run, probeAnswers: true, faults: [parseFault('kill@11s')] },
    { folder: path, say: () => {} },
  )
  const record = await readRecord(path)
  expect(brokenLaws(record)).toEqual([])
  expect(record.run.control.standby).toEqual({ method: 'paused', size: 1 })
  const starting = record.replicas.filter(({ state, atMs }) => state === 'starting' && atMs > 0)
  const starts = starting.map(({ replica, atMs }) => {
    const ready = record.replicas.find((event) => event.replica === replica && event.state === 'ready')!
    expect(totalMs(ready.phases!)).toBeCloseTo(ready.atMs - atMs, -1)
    expect(ready.phases!.answerMs).not.toBeNull()
    return ready.phases!
  })
  // The third one replaces the one that was killed, by when the pool is full again.
  expect(starts.map(({ method }) => method)).toEqual(['paused', 'cold', 'paused'])
  const [paused, cold] = starts as [StartPhases, StartPhases]
  expect(paused.createMs).toBe(0)
  expect(cold.createMs).toBeGreaterThan(0)
  expect(totalMs(paused)).toBeLessThan(totalMs(cold) / 1.5)
  // A reading tells what each replica of the rotation has used, and does not know those that stand by.
  const { observation, cpu } = record.ticks.findLast((tick) => tick.observation.nowMs <= 10_000)!
  expect(Object.keys(cpu!.replicasMs)).toHaveLength(observation.replicas.ready)
  expect(cpu!.hostMs).toBeGreaterThan(cpu!.controllerMs)
  expect(observation.replicas.standby).toBe(1)
})

it('aborted in the middle, while what stood by is replaced: nothing is left', async () => {
  const abort = new AbortController()
  const path = join(folder, 'cut')
  const run = liveRun(threeReplicas({ method: 'paused', size: 1 }, 20_000), {
    folder: path,
    say: () => {},
    signal: abort.signal,
    onTick: ({ observation }) => {
      if (observation.replicas.ready === 3) abort.abort(new Error('seen enough'))
    },
  })
  await expect(run).rejects.toThrow('seen enough')
  expect((await readRecord(path)).run.state).toBe('interrupted')
})
