import { guessCapacityPerS } from '../../live/calibrate/experiments.ts'
import { type StartupExperiment, type StartupPace, startupExperiments } from '../../live/calibrate/startup.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Calibration, Setting } from './calibration.ts'

/**
 * The load of the busy fleet comes from the settings and not from the measured capacity, so that it is the same
 * whether that has been measured before or not.
 */
export function startupRunsOf({ app, mix }: Setting, pace: StartupPace): StartupExperiment[] {
  return startupExperiments(pace, { mix, onePerS: guessCapacityPerS(app, mix) })
}

/** Replicas start and stop by each method; cli/calibrate/startupTable.ts tells what came of it. */
export async function startupStudy(
  calibration: Calibration,
  setting: Setting,
  pace: StartupPace,
): Promise<RunRecord[]> {
  const records: RunRecord[] = []
  for (const experiment of startupRunsOf(setting, pace))
    records.push(await calibration.measure(experiment, setting))
  return records
}
