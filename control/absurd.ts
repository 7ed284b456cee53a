import type { ProxyCounters } from './signals.ts'

/** What a broken counter shows, each in its turn. */
const NONSENSE: readonly ((counters: ProxyCounters) => Partial<ProxyCounters>)[] = [
  () => ({ requestsTotal: Number.NaN }),
  ({ requestsTotal }) => ({ requestsTotal: -1 - requestsTotal }),
  () => ({ requestsTotal: 1e18 }),
  () => ({ inFlight: 1e12 }),
  ({ queued }) => ({ queued: -1 - queued }),
  // Falling, and by halves: a whole number that falls is what a proxy shows that was started again.
  ({ requestsTotal }) => ({ requestsTotal: Math.floor(requestsTotal / 2) + 0.5 }),
]

/**
 * A fault: what the proxy's counters show in place of the truth. Pure, so that both plants show the same nonsense.
 * @param k the how manieth reading it is, from 0.
 */
export function absurdCounters(counters: ProxyCounters, k: number): ProxyCounters {
  return { ...counters, ...NONSENSE[k % NONSENSE.length]!(counters) }
}
