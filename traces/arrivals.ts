import { exponential, type Random, stream } from '../base/random.ts'
import { expectedArrivals, timeOfExpected } from './rate.ts'
import {
  type ArrivalProcess,
  type Arrivals,
  type Load,
  REQUEST_CLASSES,
  type RequestClass,
  type Trace,
} from './trace.ts'

/**
 * The requests of one trace and seed: the same on both sides, to the bit. Times ascend and lie in
 * [0, durationMs). Times and classes have a random stream each, so that another mix moves no arrival.
 */
export function generateArrivals(trace: Trace, seed: number): Arrivals {
  const atMs = arrivalTimes(trace, stream(seed, 'arrivals'))
  return { atMs, classes: drawClasses(trace.mix, atMs.length, stream(seed, 'classes')) }
}

function arrivalTimes(trace: Trace, random: Random): Float64Array {
  const { load, process, durationMs } = trace
  switch (load.kind) {
    case 'rate':
      return timesAtRate(load, process, { durationMs, random })
    case 'counts':
      return timesOfCounts(load, process, { durationMs, random })
    case 'arrivals':
      return Float64Array.from(load.atMs).filter((at) => at < durationMs)
  }
}

/**
 * Time change: N(t) turns a process of rate r(t) into one of rate 1, so the arrivals are N^-1 of
 *
 *     poisson   sums of exponential gaps with mean 1 (inversion; Cinlar 1975, section 4.5)
 *     even      0.5, 1.5, 2.5, ...: each arrival in the middle of its own expected request
 *
 *     N(t) 2.5 +----------------.      Even without chance: the number of arrivals by any time t differs
 *          1.5 +-----------.    :      from N(t) by at most a half, none is at t = 0 and the k-th keeps
 *          0.5 +-----.     :    :      its place when the trace is made longer.
 *              +-----1-----2----3--> t
 */
function timesAtRate(
  load: Load,
  process: ArrivalProcess,
  { durationMs, random }: { durationMs: number; random: Random },
): Float64Array {
  const end = expectedArrivals(load, durationMs)
  const times: number[] = []
  let n = process === 'even' ? 0.5 : exponential(random)
  let latest = 0
  while (n < end) {
    // Rounding may put neighbours in the wrong order by one unit in the last place.
    latest = Math.max(latest, timeOfExpected(load, n))
    if (latest >= durationMs) break
    times.push(latest)
    n += process === 'even' ? 1 : exponential(random)
  }
  return Float64Array.from(times)
}

/**
 * Counts are data, so each interval gets exactly its count: for `poisson` the order statistics of that many
 * uniform draws (what a Poisson process is, given its count), for `even` the middles of equal parts.
 */
function timesOfCounts(
  load: Extract<Load, { kind: 'counts' }>,
  process: ArrivalProcess,
  { durationMs, random }: { durationMs: number; random: Random },
): Float64Array {
  const { counts, intervalMs } = load
  const times = new Float64Array(counts.reduce((sum, count) => sum + count, 0))
  let next = 0
  counts.forEach((count, interval) => {
    for (let k = 0; k < count; k++) {
      const share = process === 'even' ? (k + 0.5) / count : random()
      times[next + k] = (interval + share) * intervalMs
    }
    times.subarray(next, next + count).sort()
    next += count
  })
  return times.filter((at) => at < durationMs)
}

/** One draw a request, by the weights in the fixed order of REQUEST_CLASSES: the order in a file says nothing. */
function drawClasses(mix: Trace['mix'], n: number, random: Random): RequestClass[] {
  const classes = REQUEST_CLASSES.filter((name) => (mix[name] ?? 0) > 0)
  const total = classes.reduce((sum, name) => sum + mix[name]!, 0)
  return Array.from({ length: n }, () => {
    let rest = random() * total
    const found = classes.find((name) => {
      rest -= mix[name]!
      return rest < 0
    })
    return found ?? classes.at(-1)! // rounding in the sum of the weights
  })
}
