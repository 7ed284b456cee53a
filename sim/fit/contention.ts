import { linearRegression, mean, quantile } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import type { RequestTable, RunRecord } from '../../record/schema.ts'
import { isMeasured } from './measured.ts'

/** Fewer requests do not give a line. */
const FEWEST = 200
/** The busiest twentieth of the requests must have had at least so many others beside them. */
const LEAST_OTHERS = 0.5

/**
 * By how much each further job on the cores lengthens the CPU time of all of them, since they share caches and memory:
 *
 *     X-Cpu-Ms = demand x (1 + contention x others)
 *
 * by least squares over all requests, each over the mean of its class and setting, `others` from `othersOnCpu`. Null where there
 * were hardly ever others, so that nothing can be told. Intervals by bootstrap.
 */
export function fitContention(records: readonly RunRecord[]): Estimate | null {
  const points = records.flatMap(pointsOf)
  const means = meansOf(points)
  const all = points.map(({ group, cpuMs, others }) => ({ x: others, y: cpuMs / means.get(group)! }))
  if (
    all.length < FEWEST ||
    quantile(
      all.map(({ x }) => x),
      0.95,
    ) < LEAST_OTHERS
  )
    return null
  const slope = (drawn: number[]) => {
    const { m, b } = linearRegression(drawn.map((i) => [all[i]!.x, all[i]!.y]))
    return b > 0 && Number.isFinite(m) ? { contention: Math.max(0, m / b) } : null
  }
  return (
    bootstrap(
      all.map((_, i) => i),
      slope,
      { resamples: 200, seed: 5 },
    ).contention ?? null
  )
}

interface Point {
  /** Requests of one class and setting of the application have one mean demand. */
  group: string
  cpuMs: number
  others: number
}

function pointsOf({ run, requests }: RunRecord): Point[] {
  const others = othersOnCpu(requests)
  const setting = JSON.stringify(run.app)
  return requests.class.flatMap((name, i) =>
    isMeasured(requests, i) && requests.cpuMs[i]! > 0
      ? [{ group: `${name} ${setting}`, cpuMs: requests.cpuMs[i]!, others: others[i]! }]
      : [],
  )
}

function meansOf(points: readonly Point[]): Map<string, number> {
  const groups = Map.groupBy(points, ({ group }) => group)
  return new Map([...groups].map(([group, own]) => [group, mean(own.map(({ cpuMs }) => cpuMs))]))
}

/**
 * Beside each request, how many others wanted a core while it was at its server, on average over that time; 0 where its times are
 * unknown. A request wants one for the part of its service in which it does not sleep, taken as spread evenly over it.
 */
export function othersOnCpu(requests: RequestTable): Float64Array {
  const { doneMs, serviceMs, blockingMs } = requests
  const known = Array.from(doneMs, (_, i) => i).filter((i) => isMeasured(requests, i) && serviceMs[i]! > 0)
  const density = (i: number) => Math.max(0, 1 - blockingMs[i]! / serviceMs[i]!)
  const changes = known
    .flatMap((i) => [
      { atMs: doneMs[i]! - serviceMs[i]!, by: density(i) },
      { atMs: doneMs[i]!, by: -density(i) },
    ])
    .sort((a, b) => a.atMs - b.atMs)
  // The integral of how many want a core, at each change.
  const times: number[] = []
  const areas: number[] = []
  const levels: number[] = []
  let area = 0
  let level = 0
  for (const { atMs, by } of changes) {
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
  const others = new Float64Array(doneMs.length)
  for (const i of known) {
    const span = areaAt(doneMs[i]!) - areaAt(doneMs[i]! - serviceMs[i]!)
    others[i] = Math.max(0, span / serviceMs[i]! - density(i))
  }
  return others
}

/** X-Cpu-Ms as each request would have had it with nobody beside it, ms; NaN where it is unknown. */
export function aloneCpuMs(requests: RequestTable, contention = 0): Float64Array {
  if (!(contention > 0)) return requests.cpuMs
  const others = othersOnCpu(requests)
  return requests.cpuMs.map((ms, i) => ms / (1 + contention * others[i]!))
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
