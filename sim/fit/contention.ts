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

/** The scale of each run depends on what is sought: so often it is put in again. */
const ITERATIONS = 4

/**
 * By how much others on the cores lengthen the CPU time of a request, since they share caches and memory:
 *
 *     X-Cpu-Ms = demand x (1 + contention x others + engineContention x works)
 *
 * by least squares within each run and class (a machine's speed differs from run to run, and would pass for contention), `others`
 * from `othersOnCpu`, works the starts and removals that went on meanwhile. Each is null where there was hardly ever one, so that
 * nothing can be told. Intervals by bootstrap.
 */
export function fitContention(records: readonly RunRecord[]): {
  contention: Estimate | null
  engineContention: Estimate | null
} {
  const points = records.flatMap(pointsOf)
  const hasOthers =
    points.length >= FEWEST &&
    quantile(
      points.map(({ others }) => others),
      0.95,
    ) >= LEAST_OTHERS
  const hasWorks = points.filter(({ works }) => works >= LEAST_OTHERS).length >= FEWEST_BESIDE_WORK
  if (!hasOthers && !hasWorks) return { contention: null, engineContention: null }
  const used = { hasOthers, hasWorks }
  const means = meansOf(points)
  const all = points.map((point) => ({ ...point, mean: means.get(point.group)! }))
  let found: Slowing = { contention: 0, engineContention: 0 }
  for (let i = 0; i < ITERATIONS; i++) found = slopesOf(all, found, used)
  const indices = all.map((_, i) => i)
  const estimates = bootstrap(
    indices,
    (drawn) => ({
      ...slopesOf(
        drawn.map((i) => all[i]!),
        found,
        used,
      ),
    }),
    { resamples: 200, seed: 5 },
  )
  return {
    contention: (hasOthers && estimates.contention) || null,
    engineContention: (hasWorks && estimates.engineContention) || null,
  }
}

/** From deviations from the means of each run and class; `guess` says how much longer than the demand those means are. */
function slopesOf(
  points: readonly (Point & { mean: Mean })[],
  guess: Slowing,
  { hasOthers, hasWorks }: { hasOthers: boolean; hasWorks: boolean },
): Slowing {
  let [oo, ow, ww, oy, wy] = [0, 0, 0, 0, 0]
  for (const { cpuMs, others, works, mean: own } of points) {
    const longer = 1 + guess.contention * own.others + guess.engineContention * own.works
    const y = (cpuMs / own.cpuMs - 1) * longer
    const o = hasOthers ? others - own.others : 0
    const w = hasWorks ? works - own.works : 0
    oo += o * o
    ow += o * w
    ww += w * w
    oy += o * y
    wy += w * y
  }
  const determinant = oo * ww - ow ** 2
  const both = hasOthers && hasWorks && determinant > 0
  const byOthers = both ? (oy * ww - wy * ow) / determinant : hasOthers && oo > 0 ? oy / oo : 0
  const byWorks = both ? (wy * oo - oy * ow) / determinant : hasWorks && ww > 0 ? wy / ww : 0
  return { contention: Math.max(0, byOthers), engineContention: Math.max(0, byWorks) }
}

interface Point {
  /** Requests of one class in one run have one mean demand, and the same machine. */
  group: string
  cpuMs: number
  others: number
  works: number
}

function pointsOf(record: RunRecord, index: number): Point[] {
  const { requests } = record
  const others = othersOnCpu(requests)
  const works = worksBeside(record)
  return requests.class.flatMap((name, i) =>
    isMeasured(requests, i) && requests.cpuMs[i]! > 0
      ? [
          {
            group: `${index} ${name}`,
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

type Mean = Pick<Point, 'cpuMs' | 'others' | 'works'>

function meansOf(points: readonly Point[]): Map<string, Mean> {
  const groups = Map.groupBy(points, ({ group }) => group)
  const means = (own: readonly Point[]): Mean => ({
    cpuMs: mean(own.map(({ cpuMs }) => cpuMs)),
    others: mean(own.map(({ others }) => others)),
    works: mean(own.map(({ works }) => works)),
  })
  return new Map([...groups].map(([group, own]) => [group, means(own)]))
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
