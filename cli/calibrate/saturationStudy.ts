import { type Knee, kneeOf } from '../../analysis/knee.ts'
import { stepsWithCores } from '../../analysis/saturation.ts'
import { guessCapacityPerS, saturationRound } from '../../live/calibrate/experiments.ts'
import { type Known, nextRates, type SaturationPace } from '../../live/calibrate/nextRates.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Calibration, Setting } from './calibration.ts'

/** What one replica in one setting can carry. */
export interface Saturation {
  setting: Setting
  /** By offered rate, of all rounds. */
  steps: ReturnType<typeof stepsWithCores>
  knee: Knee
  /** Cores that it would use with a machine of its own when it has all it can do, 0 to 1; null where no handler said. */
  coresWhenBusy: number | null
}

/** Rounds of steps, each placed by what those before it have told, until the knee is known well enough. */
export async function saturationStudy(
  calibration: Calibration,
  setting: Setting,
  pace: SaturationPace,
): Promise<Saturation> {
  const records: RunRecord[] = []
  const guessPerS = guessCapacityPerS(setting.app, setting.mix)
  for (;;) {
    const steps = nextRates(knownFrom(kneeOf(records), records.length, guessPerS), pace)
    if (steps.length === 0) break
    records.push(await calibration.measure(saturationRound(records.length + 1, setting.mix, steps), setting))
  }
  const knee = kneeOf(records)
  return {
    setting,
    steps: records.flatMap(stepsWithCores).sort((a, b) => a.offeredPerS - b.offeredPerS),
    knee,
    coresWhenBusy: coresWhenBusy(records),
  }
}

export function knownFrom(knee: Knee, rounds: number, guessPerS: number): Known {
  const { capacityPerS, saturated, spells, mostAnsweredPerS, limitedBy, latency } = knee
  return {
    rounds,
    guessPerS,
    capacity: capacityPerS && { estimate: capacityPerS.estimate, lo: capacityPerS.lo!, hi: capacityPerS.hi! },
    saturated,
    samples: spells,
    mostAnsweredPerS,
    unloadedP95Ms: latency?.unloadedP95Ms ?? null,
    limitedBy,
  }
}

/** By the handlers' own times, cpu / (cpu + blocking): unlike a core's use it does not depend on what else the machine does. */
function coresWhenBusy(records: readonly RunRecord[]): number | null {
  const totalMs = (of: 'cpuMs' | 'blockingMs') =>
    records.reduce(
      (sum, { requests }) => sum + requests[of].reduce((a, ms) => a + (Number.isNaN(ms) ? 0 : ms), 0),
      0,
    )
  const cpuMs = totalMs('cpuMs')
  return cpuMs > 0 ? cpuMs / (cpuMs + totalMs('blockingMs')) : null
}
