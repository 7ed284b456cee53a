import { mean } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import { replicasMsBetween } from '../../analysis/saturation.ts'
import type { ReplicaEvent, RunRecord } from '../../record/schema.ts'
import type { HostModel, StartMethod } from '../model.ts'
import { cpuWindowAround, hasRoomIn } from './cpuWindows.ts'

/** Starts within this span of each other were asked for together. */
const TOGETHER_MS = 50

/** One observed start: how many other replicas were starting when it was asked for, and how long it took. */
export interface Start {
  /** Cold where the record does not say and had no replicas standing by. */
  method: StartMethod
  others: number
  durationMs: number
  /** Cores in use by others than starts meanwhile; null without CPU readings. */
  busyCores: number | null
}

interface StartSpan {
  fromMs: number
  toMs: number
  method: StartMethod | null
}

/** Every start during the runs (those before time 0 were prepared, not timed) whose method is known. */
export function observedStarts(records: readonly RunRecord[], cpu?: HostModel | null): Start[] {
  return records.flatMap((record) => {
    const spans = startSpans(record)
    return spans.flatMap(({ fromMs, toMs, method }, i) => {
      if (method === null) return []
      const others = spans.filter(
        (other, j) => j !== i && other.fromMs <= fromMs + TOGETHER_MS && other.toMs > fromMs,
      ).length
      return [
        {
          method,
          others,
          durationMs: toMs - fromMs,
          busyCores: cpu ? busyCores(record, { fromMs, toMs }, cpu) : null,
        },
      ]
    })
  })
}

function startSpans({ replicas, run }: RunRecord): StartSpan[] {
  const asked = new Map(
    replicas.filter(({ state }) => state === 'starting').map((event) => [event.replica, event.atMs]),
  )
  return replicas.flatMap(({ replica, state, atMs, phases }) => {
    const fromMs = asked.get(replica) ?? 0
    if (state !== 'ready' || fromMs <= 0) return []
    return [{ fromMs, toMs: atMs, method: phases?.method ?? (run.control.standby ? null : 'cold') }]
  })
}

/** Starts that were timed and of which nobody knows whether they came from the stand-by pool. */
export const startsOfUnknownMethod = (records: readonly RunRecord[]): number =>
  records.reduce((sum, record) => sum + startSpans(record).filter(({ method }) => method === null).length, 0)

/** Starts during the runs that ended in `failed`, of all that ended in either way. */
export function failedStarts(records: readonly RunRecord[]): { failed: number; all: number } {
  let failed = 0
  let all = 0
  for (const { replicas } of records) {
    const asked = new Set<string>()
    for (const { replica, state, atMs } of replicas) {
      if (state === 'starting' && atMs > 0) asked.add(replica)
      else if (asked.delete(replica) && (state === 'ready' || state === 'failed')) {
        all++
        if (state === 'failed') failed++
      }
    }
  }
  return { failed, all }
}

/** Time from draining to gone of replicas in a run without requests: all of it is stopping. */
export function observedStops(records: readonly RunRecord[]): number[] {
  return records
    .filter(({ requests }) => requests.intendedMs.length === 0)
    .flatMap(({ replicas }) => {
      const began = new Map(
        replicas.filter(({ state }) => state === 'draining').map((event) => [event.replica, event.atMs]),
      )
      return replicas.flatMap(({ replica, state, atMs }) =>
        state === 'stopped' && began.has(replica) ? [atMs - began.get(replica)!] : [],
      )
    })
}

/** Least cores that a start finds, as the simulated host has it (sim/host.ts). */
const FEWEST_CORES = 0.05

/**
 * By what a start is longer than alone on an idle host, if a share of it is CPU work on the shared cores: the
 * processor sharing of sim/host.ts with all the starts that go on at once,
 *
 *     factor = 1 - cpuShare + cpuShare x max(1, (1 + others) / (cores - busy))
 */
export function sharingFactor({ others, busyCores }: Start, cpuShare: number, cpu: HostModel): number {
  const free = Math.max(FEWEST_CORES, cpu.cores - (busyCores ?? cpu.othersCores))
  return 1 - cpuShare + cpuShare * Math.max(1, (1 + others) / free)
}

/**
 * Share by which each further simultaneous start lengthens a start: least squares through the origin of
 * duration / (base x factor) - 1 on the number of others, where base is the mean of the starts that were alone (by
 * method) and factor what is explained already. Interval by bootstrap over all starts; 0 without simultaneous ones.
 */
export function slowdown(starts: readonly Start[], factor: (start: Start) => number = () => 1): Estimate {
  const hasBoth = starts.some(({ others }) => others === 0) && starts.some(({ others }) => others > 0)
  if (!hasBoth) return { estimate: 0, lo: 0, hi: 0 }
  const estimates = bootstrap(
    starts.map((_, i) => i),
    (drawn) => {
      const slope = slopeOf(
        drawn.map((i) => starts[i]!),
        factor,
      )
      return slope === null ? null : { slope }
    },
    { resamples: 1000, seed: 3 },
  )
  return estimates.slope!
}

function slopeOf(sample: readonly Start[], factor: (start: Start) => number): number | null {
  const base = basesOf(sample, factor)
  const several = sample.filter(({ others, method }) => others > 0 && base.has(method))
  if (several.length === 0) return null
  const products = several.reduce(
    (sum, start) => sum + start.others * (start.durationMs / (base.get(start.method)! * factor(start)) - 1),
    0,
  )
  return Math.max(0, products / several.reduce((sum, { others }) => sum + others ** 2, 0))
}

/** Mean time of the starts that were alone, by method, freed of what the factor explains. */
export function basesOf(
  sample: readonly Start[],
  factor: (start: Start) => number = () => 1,
): Map<StartMethod, number> {
  const bases = new Map<StartMethod, number>()
  for (const method of new Set(sample.map((start) => start.method))) {
    const alone = sample.filter((start) => start.method === method && start.others === 0)
    if (alone.length > 0) bases.set(method, mean(alone.map((start) => start.durationMs / factor(start))))
  }
  return bases
}

/** Cores that requests, proxy and generator used while a replica started. */
function busyCores(record: RunRecord, span: { fromMs: number; toMs: number }, cpu: HostModel): number | null {
  const window = cpuWindowAround(record, span)
  if (!window) return null
  const spanMs = window.toMs - window.fromMs
  const sent = sentIn(record, window)
  return cpu.othersCores + (sent * cpu.othersMsPerRequest + stayedMs(record, window)) / spanMs
}

/** CPU time of the replicas that were there at both ends of a span. */
function stayedMs({ ticks }: RunRecord, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  const at = (atMs: number) =>
    ticks.find(({ observation }) => observation.nowMs === atMs)?.cpu ?? { replicasMs: {} }
  return replicasMsBetween(at(fromMs), at(toMs))
}

const sentIn = ({ requests }: RunRecord, { fromMs, toMs }: { fromMs: number; toMs: number }) =>
  requests.sentMs.reduce((sum, atMs) => sum + (atMs >= fromMs && atMs < toMs ? 1 : 0), 0)

/**
 * CPU time of each start, ms: what the host used from the tick before it was asked for until the tick after it was ready,
 * without what others used. Starts that overlap are one episode and share it evenly; an episode in which a
 * replica stopped, that took all cores, or that has no readings, is left out.
 */
export function startCpuMs(records: readonly RunRecord[], cpu: HostModel): number[] {
  return records.flatMap((record) => {
    const episodes = episodesOf(startSpans(record))
    return episodes.flatMap(({ fromMs, toMs, starts }) => {
      const window = cpuWindowAround(record, { fromMs, toMs })
      if (!window || !hasRoomIn(window, cpu.cores) || stopsIn(record.replicas, window)) return []
      const busyMs = busyCores(record, { fromMs, toMs }, cpu)! * (window.toMs - window.fromMs)
      return new Array<number>(starts).fill(Math.max(0, window.hostMs - busyMs) / starts)
    })
  })
}

function episodesOf(spans: readonly StartSpan[]): { fromMs: number; toMs: number; starts: number }[] {
  const episodes: { fromMs: number; toMs: number; starts: number }[] = []
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = episodes.at(-1)
    if (last && fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, toMs)
      last.starts++
    } else episodes.push({ fromMs, toMs, starts: 1 })
  }
  return episodes
}

const stopsIn = (events: readonly ReplicaEvent[], { fromMs, toMs }: { fromMs: number; toMs: number }) =>
  events.some(
    ({ state, atMs }) => (state === 'draining' || state === 'stopped') && atMs > fromMs && atMs < toMs,
  )
