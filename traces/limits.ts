import { badInput } from '../base/errors.ts'
import { expectedArrivals } from './rate.ts'
import type { Trace } from './trace.ts'

/** More requests than this are a slip of the pen: at 1,000/s they last 14 hours, and need 1 GB as arrivals. */
export const MAX_ARRIVALS = 5e7
export const MAX_DURATION_MS = 366 * 24 * 3_600_000

/** What every trace must be that is to be run, whether it was read or transformed. Returns it. */
export function checkedTrace(trace: Trace, place: string): Trace {
  const { durationMs } = trace
  if (!(durationMs > 0 && durationMs <= MAX_DURATION_MS)) {
    throw badInput({
      place: `${place}: duration`,
      value: `${durationMs}ms`,
      expected: 'more than 0ms and at most 366 days',
    })
  }
  const expected = expectedArrivals(trace.load, durationMs)
  if (!(expected > 0 && expected <= MAX_ARRIVALS)) {
    throw badInput({
      place: `${place}: number of requests in load`,
      value: expected,
      expected: `more than 0 and at most ${MAX_ARRIVALS}`,
    })
  }
  return trace
}
