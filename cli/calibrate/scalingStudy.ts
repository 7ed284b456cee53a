import { availableParallelism } from 'node:os'
import { type FleetPoint, fleetPointOf, uslOf } from '../../analysis/scaling.ts'
import type { UslFit } from '../../analysis/usl.ts'
import { UserError } from '../../base/errors.ts'
import { expectedFleetPerS, type ScalingPace, scaling } from '../../live/calibrate/experiments.ts'
import type { Calibration, Setting } from './calibration.ts'
import type { Saturation } from './saturationStudy.ts'

/** What several replicas in one setting can carry together. */
export interface Scaling {
  setting: Setting
  points: FleetPoint[]
  usl: UslFit | null
}

/** Each number of replicas under a light load and overloaded, by what one of them can carry. */
export async function scalingStudy(
  calibration: Calibration,
  setting: Setting,
  plan: { fleets: readonly number[]; pace: ScalingPace; one: Saturation },
): Promise<Scaling> {
  const { fleets, pace, one } = plan
  const { capacityPerS } = one.knee
  if (capacityPerS === null) {
    throw new UserError(
      `${setting.label}: one replica never had more than it could do, so that an overload cannot be chosen. Give --rounds more`,
    )
  }
  const points: FleetPoint[] = []
  for (const replicas of fleets) {
    const experiment = scaling(
      { replicas, expectedPerS: expectedPerS(replicas, one, points) },
      setting.mix,
      pace,
    )
    points.push(fleetPointOf(await calibration.measure(experiment, setting)))
  }
  return { setting, points, usl: uslOf(points) }
}

/**
 * By the most that one replica has served, alone or as part of a fleet so far: the machine may have had less to do
 * beside it than when its saturation was measured, and what should be an overload would be none.
 */
export function expectedPerS(replicas: number, one: Saturation, smaller: readonly FleetPoint[]): number {
  const machine = { coresEach: one.coresWhenBusy ?? 1, cores: availableParallelism() }
  const shareOf = (n: number) => expectedFleetPerS(n, { ...machine, onePerS: 1 })
  const seenPerS = smaller.flatMap(({ replicas: n, throughputPerS }) =>
    throughputPerS === null ? [] : [throughputPerS.estimate / shareOf(n)],
  )
  return Math.max(one.knee.capacityPerS?.estimate ?? 0, ...seenPerS) * shareOf(replicas)
}
