import type { ProxyCounters } from './signals.ts'

/** More requests in a second than a proxy can take: HAProxy's makers measured 2 million on 64 cores (haproxy.com, 2021). */
export const MOST_PER_S = 2e6
/** More requests open at once than a proxy has connections for (64,000 ports for each of its addresses, some ten of them). */
export const MOST_OPEN = 1e6

/**
 * The counters, or null where they cannot be true: something that is no count, or a rise since the last good reading
 * that no proxy could have served. What cannot be true is unknown, not a load to scale for. A counter that fell is true: the
 * proxy was started again.
 * @param last the last good reading; null for the first.
 */
export function plausible(
  counters: ProxyCounters | null,
  last: { atMs: number; counter: number } | null,
  atMs: number,
): ProxyCounters | null {
  if (counters === null) return null
  const { requestsTotal, queued, inFlight, servers } = counters
  if (!isCount(requestsTotal, Number.MAX_SAFE_INTEGER) || !isCount(queued, MOST_OPEN)) return null
  if (!isCount(inFlight, MOST_OPEN)) return null
  for (const server of servers) if (!isCount(server.inFlight, MOST_OPEN)) return null
  if (last === null) return counters
  const rise = requestsTotal >= last.counter ? requestsTotal - last.counter : requestsTotal
  return rise * 1000 <= MOST_PER_S * Math.max(1000, atMs - last.atMs) ? counters : null
}

const isCount = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most
