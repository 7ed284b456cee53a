import { badInput } from '../base/errors.ts'
import { ArrivalStream } from './arrivalStream.ts'
import { assertOpenLoop, MAX_HELD_ARRIVALS } from './limits.ts'
import { expectedArrivals } from './rate.ts'
import type { Arrivals, RequestClass, Trace } from './trace.ts'

/**
 * All requests of one trace and seed at once, for the load generator: what ArrivalStream gives one by one, the
 * same to the bit. Times ascend and lie in [0, durationMs).
 * @throws UserError for a closed loop, and where there are more than memory is meant to hold.
 */
export function generateArrivals(trace: Trace, seed: number): Arrivals {
  assertOpenLoop(trace, `trace ${trace.name}`)
  checkHeld(expectedArrivals(trace.load, trace.durationMs), trace)
  const stream = new ArrivalStream(trace, seed)
  const classes: RequestClass[] = []
  let times = new Float64Array(1024)
  for (; stream.atMs < Infinity; stream.advance()) {
    if (classes.length === times.length) times = twiceAsLong(times)
    times[classes.length] = stream.atMs
    classes.push(stream.classes[stream.classIndex]!)
    // Bursts may bring more than is expected.
    if (classes.length > MAX_HELD_ARRIVALS) checkHeld(classes.length, trace)
  }
  return { atMs: times.slice(0, classes.length), classes }
}

function twiceAsLong(values: Float64Array): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(2 * values.length)
  longer.set(values)
  return longer
}

function checkHeld(requests: number, trace: Trace): void {
  if (requests <= MAX_HELD_ARRIVALS) return
  throw badInput({
    place: `trace ${trace.name}: number of requests in load`,
    value: requests,
    expected: `at most ${MAX_HELD_ARRIVALS} where all are held in memory, as a live run does`,
    remedy: 'Simulate it, or cut the trace with --slice',
  })
}
