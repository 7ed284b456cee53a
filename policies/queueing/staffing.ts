import { lateShare, slowShare } from './response.ts'
import type { Queue } from './wait.ts'

/** What is promised: at most a share `eps` of the requests takes longer than `sloMs`. */
export interface Slo {
  sloMs: number
  eps: number
}

/**
 * The smallest n with P(R > sloMs) <= eps, at most `most`: exact search, since asymptotic rules such as the square
 * root's are off by a replica where n is small. Where the service alone is late more often than eps, which no
 * number of replicas mends, the waits may add eps to that.
 */
export function replicasFor(demand: Omit<Queue, 'servers'>, { sloMs, eps }: Slo, most: number): number {
  const slow = slowShare(demand, sloMs)
  const allowed = slow < eps ? eps : slow + eps
  const least = Math.max(1, Math.floor((demand.arrivalsPerS * demand.serviceMs) / 1000))
  for (let servers = least; servers < most; servers++)
    if (lateShare({ ...demand, servers }, sloMs) <= allowed) return servers
  return most
}

/**
 * Upper quantile of the arrival rate from what was counted over a window: rate + z sqrt(rate / window), the normal
 * approximation of a Poisson count.
 */
export function upperRatePerS(arrivalsPerS: number, windowMs: number, z: number): number {
  return arrivalsPerS + z * Math.sqrt((arrivalsPerS * 1000) / windowMs)
}
