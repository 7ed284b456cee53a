import { peakRatePerS } from './rate.ts'
import { readTrace, shippedNames } from './read.ts'
import type { Trace } from './trace.ts'

export { generateArrivals } from './arrivals.ts'
export { MAX_ARRIVALS, MAX_DURATION_MS } from './limits.ts'
export { expectedArrivals, meanRatePerS, peakRatePerS, rateAt, timeOfExpected } from './rate.ts'
export { readTrace, shippedNames } from './read.ts'
export * from './trace.ts'
export { scaleToPeak, slice, stretch } from './transform.ts'
// `parseTrace` is in ./parse.ts alone: it loads zod, which takes longer than most commands do.

/** What `sim traces` shows of a trace. */
export type TraceSummary = Pick<Trace, 'name' | 'description' | 'durationMs'> & { peakRatePerS: number }

/** The traces that come with the program. */
export function shippedTraces(): Promise<TraceSummary[]> {
  return Promise.all(
    shippedNames().map(async (file) => {
      const trace = await readTrace(file)
      const { name, description, durationMs } = trace
      return { name, description, durationMs, peakRatePerS: peakRatePerS(trace) }
    }),
  )
}
