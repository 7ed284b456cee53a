import { peakRatePerS } from './rate.ts'
import { readTrace, shippedNames } from './read.ts'
import type { Trace } from './trace.ts'
import { peakUsers } from './users.ts'

export { ArrivalStream } from './arrivalStream.ts'
export { generateArrivals } from './arrivals.ts'
export { assertOpenLoop, MAX_ARRIVALS, MAX_DURATION_MS, MAX_HELD_ARRIVALS } from './limits.ts'
export { expectedArrivals, meanRatePerS, peakRatePerS, rateAt, timeOfExpected } from './rate.ts'
export { readTrace, shippedNames } from './read.ts'
export * from './trace.ts'
export { scaleToPeak, slice, stretch } from './transform.ts'
export { type UserMove, userMoves, usersAt } from './users.ts'
// `parseTrace` is in ./parse.ts alone: it loads zod, which takes longer than most commands do.

/** What `sim traces` shows of a trace: the peak is one of requests per second, of a closed loop one of users. */
export type TraceSummary = Pick<Trace, 'name' | 'description' | 'durationMs'> & {
  /** Null for a closed loop: how often its users ask depends on the answers. */
  peakRatePerS: number | null
  /** Null for an open loop. */
  peakUsers: number | null
}

/** The traces that come with the program. */
export function shippedTraces(): Promise<TraceSummary[]> {
  return Promise.all(shippedNames().map(async (file) => summaryOf(await readTrace(file))))
}

function summaryOf(trace: Trace): TraceSummary {
  const { name, description, durationMs, load } = trace
  return load.kind === 'users'
    ? { name, description, durationMs, peakRatePerS: null, peakUsers: peakUsers(load, durationMs) }
    : { name, description, durationMs, peakRatePerS: peakRatePerS({ ...trace, load }), peakUsers: null }
}
