import { ANSWERED } from '../../analysis/outcomes.ts'
import type { RequestTable } from '../../record/schema.ts'
import { byDone } from '../../record/table.ts'

/** A wait in the proxy's queue of at least this long was a wait for the server to become free, not rounding. */
const QUEUED_MS = 5

/**
 * How long each request held its one-threaded server, ms, found where the server never idles: of two requests
 * back to back on one server, the second was in the queue until the first had left, so the time between their
 * ends is exactly one holding time,
 *
 *     done[i+1] - done[i] = holding[i+1].
 *
 * What the client and the network add to both ends cancels. NaN for every other request. A health check
 * between the two is in it: with one a second and 10 requests a second, a tenth of the pairs is longer by one check.
 */
export function backToBackMs(requests: RequestTable): Float64Array {
  const { doneMs, queueWaitMs, serviceMs, server, outcome } = requests
  const holdingMs = new Float64Array(doneMs.length).fill(Number.NaN)
  const lastDoneMs = new Map<string, number>()
  for (const i of byDone(requests)) {
    const name = server[i]!
    if (!ANSWERED[outcome[i]!] || Number.isNaN(serviceMs[i]!)) {
      lastDoneMs.delete(name)
      continue
    }
    const before = lastDoneMs.get(name)
    lastDoneMs.set(name, doneMs[i]!)
    if (before !== undefined && queueWaitMs[i]! >= QUEUED_MS) holdingMs[i] = doneMs[i]! - before
  }
  return holdingMs
}
