import type { Observation, ParameterSpec, PolicyContext } from './policy.ts'

/**
 * Offered load in replicas: how many would be busy at the set-point utilisation r,
 *
 *     load = lambda S / r        lambda in requests/s, S the service time in s, r from 0 to 1
 *
 * lambda S alone is in Erlang (Little's law for the servers). Null where lambda or S is unknown; without arrivals it is
 * 0 whatever S is.
 */
export function offeredLoad(
  { parameters, knowledge }: PolicyContext,
  { arrivalsPerS, serviceMsMean }: Pick<Observation, 'arrivalsPerS' | 'serviceMsMean'>,
): number | null {
  if (arrivalsPerS === null) return null
  if (arrivalsPerS === 0) return 0
  const serviceMs = serviceMsMean ?? knowledge.serviceMsMean
  return serviceMs === null ? null : loadOf(arrivalsPerS, serviceMs, parameters.utilisation!)
}

export const loadOf = (arrivalsPerS: number, serviceMs: number, utilisation: number): number =>
  (arrivalsPerS * serviceMs) / 1000 / utilisation

/** What a queue adds to the arrivals where it should be worked off within `drainMs`, per second. */
export const backlogPerS = (queued: number | null, drainMs: number): number =>
  ((queued ?? 0) / drainMs) * 1000

/**
 * Whole replicas for a load. What is above a whole number by less than a millionth is a rounding error of floating point:
 * 28/s x 0.1 s / 0.7 is 4 replicas, not 5.
 */
export const wholeReplicas = (load: number): number => Math.ceil(load - 1e-6)

/** The parameter r of `offeredLoad`. */
export function setPoint(value: number): ParameterSpec {
  return {
    description: 'set point: what one replica is reckoned to carry, as a share of its time',
    unit: 'share',
    min: 0.05,
    max: 1,
    default: value,
    scale: 'linear',
  }
}
