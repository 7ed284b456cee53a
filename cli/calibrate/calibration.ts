import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../base/errors.ts'
import { hashOf } from '../../base/hash.ts'
import { formatDuration } from '../../base/units.ts'
import { type AppSettings, appInRecord } from '../../live/appSettings.ts'
import type { Experiment } from '../../live/calibrate/experiments.ts'
import { liveRun } from '../../live/run.ts'
import { NO_KNOWLEDGE } from '../../policies/policy.ts'
import { readRecord } from '../../record/read.ts'
import type { RunHeader, RunRecord, ServiceSettings } from '../../record/schema.ts'
import type { Trace } from '../../traces/index.ts'
import { prepareOutput } from '../output.ts'
import { remark } from '../program.ts'
import { tickProgress } from '../progress.ts'

/** What is measured, apart from the load: a folder for its records, and how the service is set up. */
export interface Setting {
  /** As a person would name it. */
  label: string
  folder: string
  app: AppSettings
  service: ServiceSettings
  mix: Trace['mix']
}

/** Runs experiments, each into its own folder; one that has been run before with the same settings is only read. */
export class Calibration {
  /** Every record that was used, in order. */
  readonly used: { folder: string; header: RunHeader; isNew: boolean }[] = []
  readonly #options: { seed: number; port: number; force: boolean }
  readonly #signal: AbortSignal
  readonly #liveRun: typeof liveRun

  /** @param run makes one live run; a test has none to make. */
  constructor(
    options: { seed: number; port: number; force: boolean },
    signal: AbortSignal,
    run: typeof liveRun = liveRun,
  ) {
    this.#options = options
    this.#signal = signal
    this.#liveRun = run
  }

  /** With --force: removes the records of a setting whose names begin so, so that none of an earlier calibration is left among the new ones. */
  async startOver(folder: string, prefix: string): Promise<void> {
    if (!this.#options.force || !existsSync(folder)) return
    for (const name of await readdir(folder)) {
      const record = join(folder, name)
      if (!name.startsWith(prefix) || !existsSync(join(record, 'run.json'))) continue
      await prepareOutput(record, true)
      await rm(record, { recursive: true })
    }
  }

  /** @throws UserError where the folder holds something else. */
  async measure(experiment: Experiment, setting: Setting): Promise<RunRecord> {
    const folder = join(setting.folder, experiment.name)
    const made = await this.#readIfMade(folder, experiment, setting)
    if (!made) await this.#run(folder, experiment, setting)
    else remark(`calibration: ${folder} has been measured already`)
    const record = made ?? (await readRecord(folder))
    this.used.push({ folder, header: record.run, isNew: !made })
    return record
  }

  async #readIfMade(folder: string, experiment: Experiment, setting: Setting): Promise<RunRecord | null> {
    if (!existsSync(join(folder, 'run.json'))) {
      await prepareOutput(folder, false)
      return null
    }
    const record = await readRecord(folder)
    if (record.run.state !== 'complete') {
      await prepareOutput(folder, true)
      return null
    }
    const wanted = this.#identity(experiment, setting)
    const { seed, traceHash, app, service, purpose, control, policy } = record.run
    const { knowledge: _, ...bounds } = control
    const found = { seed, traceHash, app, service, purpose, control: bounds, parameters: policy.parameters }
    const differing = Object.keys(wanted).filter(
      (name) => hashOf(wanted[name as keyof typeof wanted]) !== hashOf(found[name as keyof typeof found]),
    )
    if (differing.length === 0) return record
    throw new UserError(
      `${folder} was measured with another ${differing.map((name) => (name === 'traceHash' ? 'load' : name)).join(', ')}. ` +
        'Give the same options to go on with it, choose another --out, or add --force to measure anew',
    )
  }

  #identity({ trace, purpose, control, parameters }: Experiment, { app, service }: Setting) {
    return {
      seed: this.#options.seed,
      traceHash: hashOf(trace),
      app: appInRecord(app),
      service,
      purpose,
      control,
      parameters,
    }
  }

  async #run(folder: string, experiment: Experiment, { label, app, service }: Setting): Promise<void> {
    await mkdir(folder, { recursive: true })
    const { durationMs } = experiment.trace
    remark(`calibration: ${label}, ${experiment.name}, up to ${formatDuration(durationMs)}`)
    const progress = tickProgress(durationMs)
    await this.#liveRun(
      {
        ...experiment,
        control: { ...experiment.control, knowledge: NO_KNOWLEDGE },
        service,
        app,
        seed: this.#options.seed,
        model: null,
        prediction: null,
        port: this.#options.port,
      },
      { folder, say: remark, onTick: progress.onTick, signal: this.#signal },
    ).finally(progress.end)
  }
}
