import { badInput } from '../base/errors.ts'
import { expectedArrivals } from './rate.ts'
import type { ClosedLoad, OpenTrace, Trace } from './trace.ts'
import { peakUsers } from './users.ts'

/** More requests than this are a slip of the pen: at 1,000/s they last 23 days. */
export const MAX_ARRIVALS = 2e9
/** So many can be held at once, as the load generator does: they need 1 GB. */
export const MAX_HELD_ARRIVALS = 5e7
export const MAX_DURATION_MS = 366 * 24 * 3_600_000
export const MAX_USERS = 1e6
/** Comings and goings of users; they are held in memory, too. */
export const MAX_USER_MOVES = 1e7

/** What every trace must be that is to be run, whether it was read or transformed. Returns it. */
export function checkedTrace(trace: Trace, place: string): Trace {
  const { load, durationMs, burst } = trace
  if (!(durationMs > 0 && durationMs <= MAX_DURATION_MS)) {
    throw badInput({
      place: `${place}: duration`,
      value: `${durationMs}ms`,
      expected: 'more than 0ms and at most 366 days',
    })
  }
  if (load.kind === 'users') checkUsers(load, durationMs, place)
  else checkNumber(expectedArrivals(load, durationMs), `${place}: number of requests in load`, MAX_ARRIVALS)
  if (burst) {
    const cycleMs = burst.reduce((sum, { meanMs }) => sum + meanMs, 0)
    const changes = (durationMs / cycleMs) * burst.length
    checkNumber(changes, `${place}: expected number of changes of state in burst`, MAX_ARRIVALS)
  }
  return trace
}

function checkUsers(load: ClosedLoad, durationMs: number, place: string): void {
  checkNumber(peakUsers(load, durationMs), `${place}: most users in load`, MAX_USERS)
  const moves = load.points.reduce(
    (sum, { users }, i) => sum + Math.abs(users - (load.points[i - 1]?.users ?? 0)),
    0,
  )
  checkNumber(moves, `${place}: comings and goings of users in load`, MAX_USER_MOVES)
}

function checkNumber(value: number, place: string, most: number): void {
  if (value > 0 && value <= most) return
  throw badInput({ place, value, expected: `more than 0 and at most ${most}` })
}

/**
 * For what sends requests at times known beforehand: a closed loop has none.
 * @throws UserError for a trace of users.
 */
export function assertOpenLoop(trace: Trace, place: string): asserts trace is OpenTrace {
  if (trace.load.kind !== 'users') return
  throw badInput({
    place: `${place}: load.kind`,
    value: trace.load.kind,
    expected: 'a load with arrivals of its own (rate, counts or arrivals)',
    remedy: 'A closed loop of users is simulated only: the live load generator is open loop',
  })
}
