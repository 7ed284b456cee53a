import { mean } from 'simple-statistics'
import { meanEstimate } from '../../analysis/bootstrap.ts'
import { UserError } from '../../base/errors.ts'
import type { RunRecord } from '../../record/schema.ts'
import { calibratedBy } from '../calibrated.ts'
import type { Distribution } from '../distribution.ts'
import { type ClassModel, type Fitted, type HostModel, MODEL_SCHEMA, type Model } from '../model.ts'
import { chooseDistribution } from './choose.ts'
import { fitContainer } from './container.ts'
import { slowingOf } from './contention.ts'
import { removalCpuMs } from './engineWork.ts'
import { fitStartup } from './fitStartup.ts'
import { fitHost } from './host.ts'
import { type Identified, identifiedClasses, identifiedHost } from './identified.ts'
import { remarksOnRuns, remarksOnSamples } from './remarks.ts'
import { type ClassSamples, sampleRequests } from './service.ts'
import { shareEstimate } from './share.ts'
import { observedStarts, observedStops } from './startup.ts'

/** The model, and what could not be told from the data, one line each with the run that would help. */
export interface FitResult {
  model: Model
  remarks: string[]
  /** Where each quantity of the model came from. */
  identified: Identified[]
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
  const host = fitHost(records, ids)
  const sampled = sampleRequests(records, slowingOf(host.cpu))
  if (sampled.classes.size === 0) {
    throw new UserError(
      `none of ${ids.join(', ')} has an answered request of which it is known how long it held its server. Make one with: live calibrate saturation`,
    )
  }
  const starts = observedStarts(records, host.cpu)
  const stops = observedStops(records)
  if (!starts.some(({ method }) => method === 'cold') || stops.length === 0) {
    throw new UserError(
      `none of ${ids.join(', ')} has replicas that start and stop without load. Make one with: live calibrate startup`,
    )
  }
  const removals = host.cpu ? removalCpuMs(records, host.cpu) : []
  const diagnostics: FitResult['diagnostics'] = []
  const fitted = (label: string, sample: readonly number[]) => {
    const choice = chooseDistribution(sample, ids)
    if (choice.heldOut) diagnostics.push({ label, ...choice.heldOut })
    return choice.fitted
  }
  const classes = [...sampled.classes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([className, own]): [string, ClassModel] => [
      className,
      {
        blockingMs: fitted(`${className}: blocking`, own.blockingMs),
        cpuMs: fitted(`${className}: CPU`, own.cpuMs),
        overheadMs: fitted(`${className}: overhead`, own.overheadMs),
      },
    ])
  const startup = fitStartup(records, starts, host.cpu, fitted)
  const container = fitContainer(records, sampled.classes, fitted)
  const delays = records.flatMap(({ ticks }) => ticks.map((row) => row.delayMs))
  const { lost, readings } = lostReadings(records)
  const model: Model = {
    schema: MODEL_SCHEMA,
    name,
    description: `fitted to ${records.length} live runs`,
    classes: Object.fromEntries(classes),
    transitMs: sampled.transitMs.length > 0 ? fitted('transit', sampled.transitMs) : NOTHING,
    startup: startup.startup,
    stopMs: fitted('stop', stops),
    ...(removals.length > 0 ? { stopCpuMs: meanEstimate(removals) } : {}),
    monitoring: {
      delayMs: meanEstimate(delays),
      ...(readings > 0 ? { loss: shareEstimate(lost, readings) } : {}),
    },
    container: container.container,
    ...(host.cpu ? { cpu: withOverheadCpu(host.cpu, sampled.classes) } : {}),
    calibrated: calibratedBy(records),
    host: records[0]!.run.host,
  }
  return {
    model,
    remarks: [
      ...remarksOnRuns(records, ids),
      ...remarksOnSamples(sampled),
      ...host.remarks,
      ...startup.remarks,
      ...container.remarks,
    ],
    identified: [
      ...identifiedClasses(sampled),
      {
        quantity: 'transitMs',
        from: sampled.transitMs.length > 0 ? 'requests that met an idle server' : null,
        samples: sampled.transitMs.length,
        missing:
          sampled.transitMs.length > 0 ? null : 'requests that met an idle server: live calibrate saturation',
      },
      ...startup.identified,
      { quantity: 'stopMs', from: 'stops without load', samples: stops.length, missing: null },
      {
        quantity: 'stopCpuMs',
        from: removals.length > 0 ? 'CPU time of the stops without load' : null,
        samples: removals.length,
        missing: removals.length > 0 ? null : 'live calibrate startup, on Linux',
      },
      {
        quantity: 'monitoring.delayMs',
        from: 'reading to decision, each tick',
        samples: delays.length,
        missing: null,
      },
      {
        quantity: 'monitoring.loss',
        from: readings > 0 ? 'ticks without a reading of the proxy' : null,
        samples: readings,
        missing: readings > 0 ? null : 'any live run',
      },
      ...container.identified,
      ...identifiedHost(host.cpu),
      {
        quantity: 'crashMs',
        from: null,
        samples: 0,
        missing: 'crashes are too rare to be counted in calibrations: set it by hand',
      },
    ],
    diagnostics,
  }
}

const NOTHING: Fitted = { distribution: { family: 'deterministic', value: 0 } }

function refuseSimulated(records: readonly RunRecord[], ids: readonly string[]): void {
  const index = records.findIndex((record) => record.run.mode === 'sim')
  if (index >= 0) throw new UserError(`${ids[index]} is a simulated run: a model is fitted to live runs`)
}

/** With the part of the overhead that is CPU, for which the host's cores are shared too (sim/host.ts). */
function withOverheadCpu(cpu: HostModel, classes: ReadonlyMap<string, ClassSamples>): HostModel {
  const cpuMs = cpu.evidence?.overheadCpuMs?.estimate ?? 0
  const overheadMs = mean([...classes.values()].flatMap((own) => own.overheadMs))
  return cpuMs > 0 && overheadMs > 0 ? { ...cpu, overheadCpuShare: Math.min(1, cpuMs / overheadMs) } : cpu
}

/** A tick's reading of the proxy is lost where the last one is of an earlier tick. */
function lostReadings(records: readonly RunRecord[]): { lost: number; readings: number } {
  const ages = records.flatMap(({ ticks, run }) =>
    ticks.map(
      ({ observation }) => (observation.ageMs.proxy ?? Number.POSITIVE_INFINITY) / run.control.intervalMs,
    ),
  )
  return { lost: ages.filter((age) => age >= 0.5).length, readings: ages.length }
}
