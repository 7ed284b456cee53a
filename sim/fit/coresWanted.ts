import type { RequestTable } from '../../record/schema.ts'
import { isMeasured } from './measured.ts'

/**
 * The part of its service in which a request does not sleep, 0 to 1: for it it wants a core. Null where its times are
 * unknown.
 */
export function wantedBy(requests: RequestTable, i: number): number | null {
  const { serviceMs, blockingMs } = requests
  return isMeasured(requests, i) && serviceMs[i]! > 0 ? Math.max(0, 1 - blockingMs[i]! / serviceMs[i]!) : null
}

/**
 * How long requests wanted cores between two times, summed over them, ms; each request's part is taken as spread evenly over
 * its service. Divided by the length of the span it is how many wanted one on average.
 */
export function coresWanted(requests: RequestTable): (fromMs: number, toMs: number) => number {
  const { doneMs, serviceMs } = requests
  const changes = Array.from(doneMs, (toMs, i) => ({ toMs, by: wantedBy(requests, i), i })).flatMap(
    ({ toMs, by, i }) =>
      by === null
        ? []
        : [
            { atMs: toMs - serviceMs[i]!, by },
            { atMs: toMs, by: -by },
          ],
  )
  return integralOf(changes)
}

/** The integral of a step function between two times, from its changes in any order. */
export function integralOf(
  changes: readonly { atMs: number; by: number }[],
): (fromMs: number, toMs: number) => number {
  const times: number[] = []
  const areas: number[] = []
  const levels: number[] = []
  let area = 0
  let level = 0
  for (const { atMs, by } of changes.toSorted((one, other) => one.atMs - other.atMs)) {
    area += level * (atMs - (times.at(-1) ?? atMs))
    level += by
    times.push(atMs)
    areas.push(area)
    levels.push(level)
  }
  const areaAt = (atMs: number) => {
    const k = lastAtOrBefore(times, atMs)
    return k < 0 ? 0 : areas[k]! + levels[k]! * (atMs - times[k]!)
  }
  return (fromMs, toMs) => areaAt(toMs) - areaAt(fromMs)
}

function lastAtOrBefore(times: readonly number[], atMs: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! <= atMs) low = middle + 1
    else high = middle
  }
  return low - 1
}
