import { Matrix, solve } from 'ml-matrix'
import { mean, quantile } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import type { RequestTable, RunRecord } from '../../record/schema.ts'
import type { HostModel } from '../model.ts'
import { coresWanted, integralOf, wantedBy } from './coresWanted.ts'
import { isMeasured } from './measured.ts'
import { startSpans, stopSpans } from './startup.ts'

/** Fewer requests do not give a line. */
const FEWEST = 200
/** The busiest twentieth of the requests must have had at least so many others beside them. */
const LEAST_OTHERS = 0.5

/** Fewer requests beside a start or a removal do not tell what those do. */
const FEWEST_BESIDE_WORK = 100

/** By how much the CPU time of a request is lengthened by each other one, and by each start or removal that goes on. */
export interface Slowing {
  contention: number
  engineContention: number
}

export const slowingOf = (cpu: HostModel | null | undefined): Slowing => ({
  contention: cpu?.contention ?? 0,
  engineContention: cpu?.engineContention ?? cpu?.contention ?? 0,
})

/**
 * By how much others on the cores lengthen the CPU time of a request, since they share caches and memory:
 *
 *     X-Cpu-Ms = demand x (1 + contention x others + engineContention x works)
 *
 * by least squares over all requests, each over the mean of its class and setting, `others` from `othersOnCpu`, works the starts
 * and removals that went on meanwhile. Each is null where there was hardly ever one, so that nothing can be told.
 * Intervals by bootstrap.
 */
export function fitContention(records: readonly RunRecord[]): {
  contention: Estimate | null
  engineContention: Estimate | null
} {
  const points = records.flatMap(pointsOf)
  const means = meansOf(points)
  const all = points.map((point) => ({ ...point, y: point.cpuMs / means.get(point.group)! }))
  const hasOthers =
    all.length >= FEWEST &&
    quantile(
      all.map(({ others }) => others),
      0.95,
    ) >= LEAST_OTHERS
  const hasWorks = all.filter(({ works }) => works >= LEAST_OTHERS).length >= FEWEST_BESIDE_WORK
  if (!hasOthers && !hasWorks) return { contention: null, engineContention: null }
  const slopes = (drawn: number[]) => {
    const rows = drawn.map((i) => [1, hasOthers ? all[i]!.others : 0, hasWorks ? all[i]!.works : 0])
    const solution = solve(
      new Matrix(rows),
      Matrix.columnVector(drawn.map((i) => all[i]!.y)),
      true,
    ).to1DArray()
    const [base, byOthers, byWorks] = solution as [number, number, number]
    return base > 0
      ? { contention: Math.max(0, byOthers / base), engineContention: Math.max(0, byWorks / base) }
      : null
  }
  const found = bootstrap(
    all.map((_, i) => i),
    slopes,
    { resamples: 200, seed: 5 },
  )
  return {
    contention: (hasOthers && found.contention) || null,
    engineContention: (hasWorks && found.engineContention) || null,
  }
}

interface Point {
  /** Requests of one class and setting of the application have one mean demand. */
  group: string
  cpuMs: number
  others: number
  works: number
}

function pointsOf(record: RunRecord): Point[] {
  const { run, requests } = record
  const others = othersOnCpu(requests)
  const works = worksBeside(record)
  const setting = JSON.stringify(run.app)
  return requests.class.flatMap((name, i) =>
    isMeasured(requests, i) && requests.cpuMs[i]! > 0
      ? [
          {
            group: `${name} ${setting}`,
            cpuMs: requests.cpuMs[i]!,
            others: others[i]!,
            works: works[i]!,
          },
        ]
      : [],
  )
}

/** How many starts and removals went on while a request was at its server, on average; 0 where its times are unknown. */
function worksBeside(record: RunRecord): Float64Array {
  const { doneMs, serviceMs } = record.requests
  const going = integralOf(
    [...startSpans(record), ...stopSpans(record)].flatMap(({ fromMs, toMs }) => [
      { atMs: fromMs, by: 1 },
      { atMs: toMs, by: -1 },
    ]),
  )
  return doneMs.map((toMs, i) => {
    const ms = serviceMs[i]!
    return ms > 0 && Number.isFinite(toMs) ? going(toMs - ms, toMs) / ms : 0
  })
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
export function aloneCpuMs(record: RunRecord, { contention, engineContention }: Slowing): Float64Array {
  const { requests } = record
  if (contention === 0 && engineContention === 0) return requests.cpuMs
  const others = othersOnCpu(requests)
  const works = worksBeside(record)
  return requests.cpuMs.map((ms, i) => ms / (1 + contention * others[i]! + engineContention * works[i]!))
}
