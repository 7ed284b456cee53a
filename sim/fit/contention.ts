import { linearRegression, mean, quantile } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import type { RequestTable, RunRecord } from '../../record/schema.ts'
import { coresWanted, wantedBy } from './coresWanted.ts'
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
 * unknown.
 */
export function othersOnCpu(requests: RequestTable): Float64Array {
  const { doneMs, serviceMs } = requests
  const wanted = coresWanted(requests)
  return doneMs.map((toMs, i) => {
    const own = wantedBy(requests, i)
    return own === null ? 0 : Math.max(0, wanted(toMs - serviceMs[i]!, toMs) / serviceMs[i]! - own)
  })
}

/** X-Cpu-Ms as each request would have had it with nobody beside it, ms; NaN where it is unknown. */
export function aloneCpuMs(requests: RequestTable, contention = 0): Float64Array {
  if (!(contention > 0)) return requests.cpuMs
  const others = othersOnCpu(requests)
  return requests.cpuMs.map((ms, i) => ms / (1 + contention * others[i]!))
}
