import type { RunRecord } from '../record/schema.ts'
import type { Estimate } from './bootstrap.ts'
import { busySpells, type CoresUsed, capacityOf, coresUsed, stepsOf } from './saturation.ts'
import { fitUsl, type UslFit } from './usl.ts'

/** What n replicas did under a light load, and under more than they could serve. */
export interface FleetPoint {
  replicas: number
  /** Most that they answer together, requests/s; null where they were not busy for half of the overload. */
  throughputPerS: Estimate | null
  /** In the overload. */
  offeredPerS: number
  errorsShare: number
  cores: CoresUsed | null
  /** Under the light load; null where nothing was answered. */
  light: { offeredPerS: number; p50Ms: number | null; p95Ms: number | null }
}

const LEAST_BUSY = 0.5
/** Half the width of a 95 % interval in standard errors. */
const HALF_WIDTH = 1.96
/** However even the times in service of one run are, a second run on the same machine differs by about so much, as a share. */
const LEAST_ERROR = 0.01

/**
 * Of a record of live calibrate scaling: its first step is the light load, its last the overload. The throughput is that of busy servers,
 *
 *     X(n) = n sum(answers) / sum(busy times)        over the busy spells of all of them (saturation.ts)
 *
 * so that neither how the overload begins nor who timed out in the queue counts.
 */
export function fleetPointOf(record: RunRecord): FleetPoint {
  const steps = stepsOf(record)
  const light = steps[0]!
  const overload = steps.at(-1)!
  const replicas = record.run.policy.parameters.replicas!
  const spells = busySpells(record).filter(
    ({ fromMs, ms }) => fromMs >= overload.fromMs && fromMs + ms < overload.toMs,
  )
  const busyMs = spells.reduce((sum, { ms }) => sum + ms, 0)
  const isBusy = busyMs >= LEAST_BUSY * replicas * (overload.toMs - overload.fromMs)
  return {
    replicas,
    throughputPerS: isBusy ? times(replicas, capacityOf(spells)) : null,
    offeredPerS: overload.offeredPerS,
    errorsShare: overload.errorsShare,
    cores: coresUsed(record, overload.fromMs, overload.toMs),
    light: { offeredPerS: light.offeredPerS, p50Ms: light.p50Ms, p95Ms: light.p95Ms },
  }
}

const times = (n: number, { estimate, lo, hi }: Estimate): Estimate => ({
  estimate: n * estimate,
  lo: n * lo!,
  hi: n * hi!,
})

/** The Universal Scalability Law of the fleets that were busy; null where fewer than three sizes were. */
export function uslOf(points: readonly FleetPoint[]): UslFit | null {
  return fitUsl(
    points.flatMap(({ replicas, throughputPerS }) =>
      throughputPerS === null
        ? []
        : [
            {
              n: replicas,
              perS: throughputPerS.estimate,
              standardError: Math.max(
                (throughputPerS.hi! - throughputPerS.lo!) / (2 * HALF_WIDTH),
                LEAST_ERROR * throughputPerS.estimate,
              ),
            },
          ],
    ),
  )
}
