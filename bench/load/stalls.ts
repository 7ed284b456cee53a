/** A server that serves one request at a time, in order of arrival, and now and then none. All ms. */
export interface Stalls {
  /** Of one request. */
  serviceMs: number
  /** It starts no request for the last `stallMs` of every `everyMs`. */
  stallMs: number
  everyMs: number
}

/** When a request ends that could start at `startMs`. One that has started is not held up. */
export function endMs({ serviceMs, stallMs, everyMs }: Stalls, startMs: number): number {
  const intoPeriodMs = startMs % everyMs
  const waitMs = intoPeriodMs >= everyMs - stallMs ? everyMs - intoPeriodMs : 0
  return startMs + waitMs + serviceMs
}

/**
 * What each request of an open load waits and is served for: end_i = E(max(arrival_i, end_(i-1))), with E as `endMs`
 * (Lindley's recursion, with the stalls as vacations). This is the truth that a load generator should tell.
 */
export function trueResponsesMs(stalls: Stalls, arrivalsMs: ArrayLike<number>): Float64Array {
  let lastMs = 0
  return Float64Array.from(arrivalsMs, (arrivalMs) => {
    lastMs = endMs(stalls, Math.max(arrivalMs, lastMs))
    return lastMs - arrivalMs
  })
}
