import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DEFAULT_SERVICE } from '../../control/service.ts'
import { appInRecord, DEFAULT_APP } from '../../live/appSettings.ts'
import { saturationRound } from '../../live/calibrate/experiments.ts'
import type { RunRecord } from '../../record/schema.ts'
import { writeRecord } from '../../record/write.ts'
import { simulate } from '../../sim/run.ts'
import { fixedFleet, handModel } from '../../test/support.ts'
import { Calibration, type Setting } from './calibration.ts'

const experiment = saturationRound(1, { read: 1 }, [{ ratePerS: 5, durationMs: 2000, pauseMs: 0 }])
let folder: string
let setting: Setting
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  setting = { label: 'it', folder, app: DEFAULT_APP, service: DEFAULT_SERVICE, mix: { read: 1 } }
})
afterEach(() => rm(folder, { recursive: true }))

/** A calibration on a machine that can make no run. */
const calibration = ({ seed = 1, force = false } = {}) =>
  new Calibration({ seed, port: 0, force }, new AbortController().signal, (run) =>
    Promise.reject(new Error(`a run was started with seed ${run.seed} and ${run.app.delay}`)),
  )

/** As a live run of the experiment leaves it. */
async function keep(changes: Partial<RunRecord['run']> = {}): Promise<void> {
  const { trace, control, parameters, purpose } = experiment
  const record = simulate(
    fixedFleet({ trace, model: handModel({ family: 'deterministic', value: 20 }), replicas: 1 }),
  )
  const own = { control: { ...control, knowledge: record.run.control.knowledge }, purpose }
  const policy = { name: 'static', parameters }
  const live = { mode: 'live' as const, app: appInRecord(DEFAULT_APP), service: DEFAULT_SERVICE, policy }
  await writeRecord(join(folder, experiment.name), {
    ...record,
    run: { ...record.run, ...own, ...live, ...changes },
  })
}

it('what has been measured with the same settings is read, not measured again', async () => {
  await keep()
  const work = calibration()
  const record = await work.measure(experiment, setting)
  expect(record.requests.intendedMs.length).toBeGreaterThan(3)
  expect(work.used).toMatchObject([{ folder: join(folder, 'saturation-1'), isNew: false }])
})

it.each<[string, Parameters<typeof keep>[0]]>([
  ['seed', { seed: 2 }],
  ['load', { traceHash: 'another' }],
  ['app', { app: { ...appInRecord(DEFAULT_APP), delay: 'off' } }],
  ['service', { service: { ...DEFAULT_SERVICE, maxconn: 2 } }],
  ['parameters', { policy: { name: 'static', parameters: { replicas: 2 } } }],
])('a measurement with another %s is refused', async (what, changes) => {
  await keep(changes)
  await expect(calibration().measure(experiment, setting)).rejects.toThrow(
    `was measured with another ${what}`,
  )
})

it('one that was interrupted is measured again', async () => {
  await keep({ state: 'interrupted' })
  await expect(calibration().measure(experiment, setting)).rejects.toThrow(
    'a run was started with seed 1 and uniform:5:200',
  )
})

it('files that are no record are neither replaced nor joined', async () => {
  await keep()
  await rm(join(folder, 'saturation-1', 'run.json'))
  await expect(calibration().measure(experiment, setting)).rejects.toThrow('is not empty')
})

it('--force removes the records of the experiments that are measured anew, and nothing else', async () => {
  await keep()
  await writeFile(join(folder, 'saturation-notes.txt'), 'mine')
  await calibration().startOver(folder, 'saturation-')
  expect((await readdir(folder)).sort()).toEqual(['saturation-1', 'saturation-notes.txt'])
  await calibration({ force: true }).startOver(folder, 'scaling-')
  expect((await readdir(folder)).length).toBe(2)
  await calibration({ force: true }).startOver(folder, 'saturation-')
  expect(await readdir(folder)).toEqual(['saturation-notes.txt'])
  expect(await readFile(join(folder, 'saturation-notes.txt'), 'utf8')).toBe('mine')
})
