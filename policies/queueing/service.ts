import type { Observation, PolicyContext, Topology } from '../policy.ts'

/** What the model-based policies must know of the service. */
export interface Service {
  serviceMs: number
  serviceScv: number
  topology: Topology
}

/**
 * From the model where there is one, else the measured mean; null where neither knows it. What the proxy measures
 * includes the wait in a server's own queue, so it stands in only for the central one. Without a model the service
 * counts as exponential (scv 1) behind one queue, the proxy's default.
 */
export function serviceOf({ knowledge }: PolicyContext, observation: Observation): Service | null {
  const topology = knowledge.topology ?? 'central'
  const measuredMs = topology === 'central' ? observation.serviceMsMean : null
  const serviceMs = knowledge.serviceMsMean ?? measuredMs
  if (serviceMs === null || serviceMs <= 0) return null
  return { serviceMs, serviceScv: knowledge.serviceScv ?? 1, topology }
}

/** Requests that nobody works on: in the proxy's queue and in the servers' own; null where it is not known. */
export function waitingRequests({ queued, inFlight, replicas }: Observation): number | null {
  if (queued === null || inFlight === null) return null
  return queued + Math.max(0, inFlight - replicas.ready)
}
