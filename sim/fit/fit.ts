import { UserError } from '../../base/errors.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Distribution } from '../distribution.ts'
import { type ClassModel, MODEL_SCHEMA, type Model } from '../model.ts'
import { meanEstimate } from './bootstrap.ts'
import { chooseDistribution } from './choose.ts'
import { classSamples, transitSamples } from './service.ts'
import { observedStarts, observedStops, slowdown } from './startup.ts'

/** The model, and what could not be told from the data, one line each with the run that would help. */
export interface FitResult {
  model: Model
  remarks: string[]
  /** For each quantity with data enough: values that the fit did not see, and the distribution fitted to the others. */
  diagnostics: { label: string; sample: number[]; distribution: Distribution }[]
}

/**
 * Fits a model to live records (calibration or ordinary runs).
 * @param ids the name under which each record is quoted as evidence.
 * @throws UserError where no record has requests with the application's time headers, or none has a start.
 */
export function fitModel(records: readonly RunRecord[], ids: readonly string[], name: string): FitResult {
  refuseSimulated(records, ids)
  const samples = classSamples(records)
  if (samples.size === 0) {
    throw new UserError(
      `none of ${ids.join(', ')} has an answered request with X-Block-Ms and X-Cpu-Ms. Make one with: live calibrate saturation`,
    )
  }
  const starts = observedStarts(records)
  const stops = observedStops(records)
  if (starts.length === 0 || stops.length === 0) {
    throw new UserError(
      `none of ${ids.join(', ')} has replicas that start and stop without load. Make one with: live calibrate startup`,
    )
  }
  const single = starts.filter(({ others }) => others === 0)
  const diagnostics: FitResult['diagnostics'] = []
  const fitted = (label: string, sample: readonly number[]) => {
    const choice = chooseDistribution(sample, ids)
    if (choice.heldOut) diagnostics.push({ label, ...choice.heldOut })
    return choice.fitted
  }
  const classes = [...samples]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([className, own]): [string, ClassModel] => [
      className,
      {
        blockingMs: fitted(`${className}: blocking`, own.blockingMs),
        cpuMs: fitted(`${className}: CPU`, own.cpuMs),
        overheadMs: fitted(`${className}: overhead`, own.overheadMs),
      },
    ])
  const model: Model = {
    schema: MODEL_SCHEMA,
    name,
    description: `fitted to ${records.length} live runs`,
    classes: Object.fromEntries(classes),
    transitMs: fitted('transit', transitSamples(records, samples)),
    startup: {
      cold: fitted(
        'cold start',
        (single.length > 0 ? single : starts).map((start) => start.durationMs),
      ),
      slowdownPerConcurrent: slowdown(starts),
    },
    stopMs: fitted('stop', stops),
    monitoring: { delayMs: meanEstimate(records.flatMap(({ ticks }) => ticks.map((row) => row.delayMs))) },
    host: records[0]!.run.host,
  }
  return { model, remarks: remarksOn(samples, starts), diagnostics }
}

function refuseSimulated(records: readonly RunRecord[], ids: readonly string[]): void {
  const index = records.findIndex((record) => record.run.mode === 'sim')
  if (index >= 0) throw new UserError(`${ids[index]} is a simulated run: a model is fitted to live runs`)
}

function remarksOn(
  samples: ReturnType<typeof classSamples>,
  starts: ReturnType<typeof observedStarts>,
): string[] {
  const thin = [...samples].filter(([, own]) => own.blockingMs.length < 100)
  return [
    ...thin.map(
      ([name, own]) =>
        `class ${name}: only ${own.blockingMs.length} requests; more with live calibrate saturation --mix ${name}=1`,
    ),
    ...(starts.some(({ others }) => others === 0)
      ? []
      : ['no replica started alone: its time includes the others; more with live calibrate startup']),
    ...(starts.some(({ others }) => others > 0)
      ? []
      : ['no replicas started together: their slow-down is taken as 0; more with live calibrate startup']),
  ]
}
