import { quantileSorted } from 'simple-statistics'
import type { CpuReading, RunRecord } from '../record/schema.ts'
import { byDone, responseMs } from '../record/table.ts'
import { bootstrap, type Estimate } from './bootstrap.ts'

/** One step of a staircase: a time at one rate. */
export interface Step {
  fromMs: number
  toMs: number
  /** Requests intended in the step, per second. */
  offeredPerS: number
  /** Requests that were answered during the step, whenever intended, per second. */
  completedPerS: number
  /** Response time of the requests intended in the step; null where none was answered. */
  p50Ms: number | null
  p95Ms: number | null
  /** Share of the step's requests that were not answered well. */
  errorsShare: number
}

/** The steps of a record whose trace is a staircase (pairs of points at one rate); a pause at rate 0 is none. */
export function stepsOf(record: RunRecord): Step[] {
  const { load } = record.run.trace
  if (load.kind !== 'rate') return []
  return load.points.flatMap((point, i) => {
    const next = load.points[i + 1]
    return next && point.ratePerS > 0 && next.ratePerS === point.ratePerS && next.atMs > point.atMs
      ? [stepOf(record, point.atMs, next.atMs)]
      : []
  })
}

function stepOf({ requests }: RunRecord, fromMs: number, toMs: number): Step {
  const indices = Array.from(requests.intendedMs, (_, i) => i)
  const intended = indices.filter((i) => requests.intendedMs[i]! >= fromMs && requests.intendedMs[i]! < toMs)
  const ok = intended.filter((i) => requests.outcome[i] === 'ok')
  const times = ok.map((i) => responseMs(requests, i)).sort((a, b) => a - b)
  const completed = indices.filter(
    (i) => requests.outcome[i] === 'ok' && requests.doneMs[i]! >= fromMs && requests.doneMs[i]! < toMs,
  )
  const perS = (count: number) => (count / (toMs - fromMs)) * 1000
  return {
    fromMs,
    toMs,
    offeredPerS: perS(intended.length),
    completedPerS: perS(completed.length),
    p50Ms: times.length === 0 ? null : quantileSorted(times, 0.5),
    p95Ms: times.length === 0 ? null : quantileSorted(times, 0.95),
    errorsShare: intended.length === 0 ? 0 : 1 - ok.length / intended.length,
  }
}

/** A time during which a server had all it could do, and how many requests it answered well in it. */
export interface BusySpell {
  fromMs: number
  ms: number
  answers: number
}

const RESAMPLES = 1000
/** What client and network add to one end of a request: below it, who came first cannot be told. */
const TRANSIT_MS = 2

/**
 * Each time that a single-threaded server went from one request straight to the next, by the order of the ends:
 *
 *     sent[i+1] < done[i]      then     done[i+1] - done[i] = time that request i+1 held the server
 *
 * since i+1 waited when i left, in the proxy or in the server's own backlog. Whether a request waited depends
 * on what came before it and not on its own work, so that in a first-come-first-served queue these times are a
 * fair sample of all, at any load and whatever backlog an earlier step left; what client and network add to both
 * ends cancels. The mean time between two ends of a busy server is 1 / its capacity. A request that was not answered well (429, 5xx)
 * counts as no answer for the time that it took.
 * @return in order of time.
 */
export function busySpells({ requests }: RunRecord): BusySpell[] {
  const lastDoneMs = new Map<string, number>()
  return byDone(requests).flatMap((i) => {
    const server = requests.server[i]!
    if (server === '') return []
    const doneMs = requests.doneMs[i]!
    const fromMs = lastDoneMs.get(server)
    lastDoneMs.set(server, doneMs)
    if (fromMs === undefined || requests.sentMs[i]! > fromMs - TRANSIT_MS) return []
    return [{ fromMs, ms: doneMs - fromMs, answers: requests.outcome[i] === 'ok' ? 1 : 0 }]
  })
}

/** Answers over busy time, requests/s, with a bootstrap interval over the spells (at least one). */
export function capacityOf(spells: readonly BusySpell[]): Estimate {
  const indices = spells.map((_, i) => i)
  const perS = (drawn: number[]) => ({ perS: answersPerBusyS(drawn.map((i) => spells[i]!)) ?? 0 })
  return bootstrap(indices, perS, { resamples: RESAMPLES, seed: 4 }).perS!
}

/** Null without any. */
export function answersPerBusyS(spells: readonly BusySpell[]): number | null {
  const ms = spells.reduce((sum, spell) => sum + spell.ms, 0)
  return ms > 0 ? (spells.reduce((sum, spell) => sum + spell.answers, 0) / ms) * 1000 : null
}

/** Response times of the requests that found a service of one server without any other request, ms. */
export function unloadedMs({ requests }: RunRecord): number[] {
  let busyUntilMs = Number.NEGATIVE_INFINITY
  return Array.from(requests.sentMs, (_, i) => i).flatMap((i) => {
    const alone = requests.sentMs[i]! >= busyUntilMs
    const doneMs = requests.doneMs[i]!
    busyUntilMs = Math.max(busyUntilMs, Number.isNaN(doneMs) ? Number.POSITIVE_INFINITY : doneMs)
    return alone && requests.outcome[i] === 'ok' ? [responseMs(requests, i)] : []
  })
}

/** CPU cores in use on average over a time: by all replicas, by the proxy, and by everything on the machine. */
export interface CoresUsed {
  replicas: number
  proxy: number
  host: number
}

/** Null where the record has no two CPU readings in that time. */
export function coresUsed({ ticks }: RunRecord, fromMs: number, toMs: number): CoresUsed | null {
  const inside = ticks.flatMap(({ observation: { nowMs }, cpu }) =>
    cpu && nowMs >= fromMs && nowMs <= toMs ? [{ nowMs, cpu }] : [],
  )
  const first = inside[0]
  const last = inside.at(-1)
  if (!first || !last || last.nowMs === first.nowMs) return null
  const cores = (usedMs: number) => usedMs / (last.nowMs - first.nowMs)
  return {
    replicas: cores(replicasMsBetween(first.cpu, last.cpu)),
    proxy: cores(last.cpu.proxyMs - first.cpu.proxyMs),
    host: cores(last.cpu.hostMs - first.cpu.hostMs),
  }
}

/** CPU time of the replicas that ran at both moments, ms. */
export function replicasMsBetween(
  before: Pick<CpuReading, 'replicasMs'>,
  after: Pick<CpuReading, 'replicasMs'>,
): number {
  return Object.entries(after.replicasMs).reduce(
    (sum, [name, ms]) => sum + (name in before.replicasMs ? ms - before.replicasMs[name]! : 0),
    0,
  )
}

/** The steps with the cores that were in use in each. */
export function stepsWithCores(record: RunRecord): (Step & { cores: CoresUsed | null })[] {
  return stepsOf(record).map((step) => ({ ...step, cores: coresUsed(record, step.fromMs, step.toMs) }))
}
