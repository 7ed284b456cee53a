import { lateShare } from '../queueing/response.ts'
import type { Service } from '../queueing/service.ts'

/** Beyond it a queue is far from its steady state within a step: what grows then is the backlog, which is counted by itself. */
const HIGHEST_STEADY_UTILISATION = 0.95

/** A step of the plan as its requests meet it. */
export interface LoadedStep {
  arrivalsPerS: number
  ready: number
  /** Waiting when the step begins. */
  backlog: number
  stepMs: number
}

/**
 * Share of a step's requests that are answered too late:
 *
 *     P(R > SLO - w),   w = S b / x,   b = max(0, backlog + (arrivals - x / S) step / 2)
 *
 * b is the backlog in the middle of the step, w the time until it has been worked off, and R the response time of
 * the steady queue (policies/queueing/response.ts) at a utilisation of at most 0.95.
 */
export function lateShareInStep(
  service: Service,
  { arrivalsPerS, ready, backlog, stepMs }: LoadedStep,
  sloMs: number,
): number {
  if (ready === 0) return 1
  const { serviceMs } = service
  const servedPerS = (1000 * ready) / serviceMs
  const halfway = Math.max(0, backlog + ((arrivalsPerS - servedPerS) * stepMs) / 2000)
  const leftMs = sloMs - (serviceMs * halfway) / ready
  const steadyPerS = Math.min(arrivalsPerS, HIGHEST_STEADY_UTILISATION * servedPerS)
  return lateShare({ ...service, servers: ready, arrivalsPerS: steadyPerS }, leftMs)
}

export interface LateTable {
  service: Service
  sloMs: number
  /** By step. */
  arrivalsPerS: readonly number[]
  stepMs: number
  bucket: number
  buckets: number
  most: number
}

/** Late requests by step, ready replicas and level of backlog, each worked out when it is first asked for. */
export function lateRequests(table: LateTable): (step: number, ready: number, level: number) => number {
  const { service, sloMs, arrivalsPerS, stepMs, bucket, buckets, most } = table
  const byRate = new Map<number, Float64Array>()
  const rows = arrivalsPerS.map((rate) => {
    const known = byRate.get(rate) ?? new Float64Array((most + 1) * buckets).fill(-1)
    byRate.set(rate, known)
    return known
  })
  return (step, ready, level) => {
    const row = rows[step]!
    const at = ready * buckets + level
    if (row[at]! < 0) {
      const rate = arrivalsPerS[step]!
      const loaded = { arrivalsPerS: rate, ready, backlog: level * bucket, stepMs }
      row[at] = ((rate * stepMs) / 1000) * lateShareInStep(service, loaded, sloMs)
    }
    return row[at]!
  }
}
