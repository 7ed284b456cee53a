import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { DEFAULT_APP } from '../live/appSettings.ts'
import { liveRun } from '../live/run.ts'
import { policyByName } from '../policies/parameters.ts'
import { readRecord } from '../record/read.ts'
import { type Arm, parametersFor } from './twin.case.ts'

/** Runs a scenario on the real parts. To be called while a file's tests are defined: it makes a folder for them, and removes it. */
export function liveArm(): Arm {
  let folder: string
  let runs = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  return async (run) => {
    const record = join(folder, String(++runs))
    await liveRun(
      {
        ...run,
        policy: policyByName(run.policy),
        parameters: parametersFor(run),
        app: DEFAULT_APP,
        purpose: 'run',
        model: null,
        prediction: null,
        port: 0,
      },
      { folder: record, say: () => {} },
    )
    return readRecord(record)
  }
}
