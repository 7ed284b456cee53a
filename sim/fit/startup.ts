import { mean } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import type { RunRecord } from '../../record/schema.ts'
import { jobRate } from '../host.ts'
import type { HostModel, StartMethod } from '../model.ts'
import { coresWanted } from './coresWanted.ts'

/** Starts within this span of each other were asked for together. */
const TOGETHER_MS = 50

/** One observed start: how many other replicas were starting when it was asked for, and how long it took. */
export interface Start {
  /** Cold where the record does not say and had no replicas standing by. */
  method: StartMethod
  others: number
  durationMs: number
  /**
   * Meanwhile, on average: how many requests wanted a core, and the cores that proxy, generator and the rest of the machine
   * used. Null without a model of the host.
   */
  beside: { jobs: number; othersCores: number } | null
}

export interface Span {
  fromMs: number
  toMs: number
}

interface StartSpan extends Span {
  method: StartMethod | null
}

/** Every start during the runs (those before time 0 were prepared, not timed) whose method is known. */
export function observedStarts(records: readonly RunRecord[], cpu?: HostModel | null): Start[] {
  return records.flatMap((record) => {
    const spans = startSpans(record)
    const beside = cpu ? loadOf(record, cpu) : () => null
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
          beside: beside({ fromMs, toMs }),
        },
      ]
    })
  })
}

function loadOf({ requests }: RunRecord, cpu: HostModel): (span: Span) => Start['beside'] {
  const wanted = coresWanted(requests)
  return ({ fromMs, toMs }) => {
    const sent = requests.sentMs.reduce((sum, atMs) => sum + (atMs >= fromMs && atMs < toMs ? 1 : 0), 0)
    return {
      jobs: wanted(fromMs, toMs) / (toMs - fromMs),
      othersCores: cpu.othersCores + (sent * cpu.othersMsPerRequest) / (toMs - fromMs),
    }
  }
}

/** From asking for a replica until it was ready, of those that became so during the run. */
export function startSpans({ replicas, run }: RunRecord): StartSpan[] {
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

/** From the draining of a replica until it was gone. */
export function stopSpans({ replicas }: Pick<RunRecord, 'replicas'>): Span[] {
  const began = new Map(
    replicas.filter(({ state }) => state === 'draining').map((event) => [event.replica, event.atMs]),
  )
  return replicas.flatMap(({ replica, state, atMs }) =>
    state === 'stopped' && began.has(replica) ? [{ fromMs: began.get(replica)!, toMs: atMs }] : [],
  )
}

/** Time from draining to gone of replicas in a run without requests: all of it is stopping. */
export const observedStops = (records: readonly RunRecord[]): number[] =>
  records
    .filter(({ requests }) => requests.intendedMs.length === 0)
    .flatMap((record) => stopSpans(record).map(({ fromMs, toMs }) => toMs - fromMs))

/**
 * By what a start is longer than its waits and its CPU work alone, by the processor sharing of the simulated host (`jobRate`) with the
 * requests and with all the starts that go on at once, each counted as `engineJobs`:
 *
 *     factor = 1 - s + s / jobRate(jobs requests, 1 + others starts),    s = cpuShare / engineJobs
 */
export function sharingFactor(
  { others, beside }: Start,
  { cpuShare, engineJobs }: { cpuShare: number; engineJobs: number },
  cpu: HostModel,
): number {
  const { jobs, othersCores } = beside ?? { jobs: 0, othersCores: cpu.othersCores }
  const share = cpuShare / engineJobs
  const wanting = { requests: jobs, works: 1 + others, engineJobs }
  return 1 - share + share / jobRate(cpu, othersCores, wanting)
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
