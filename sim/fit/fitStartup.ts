import { mean } from 'simple-statistics'
import { bootstrap, type Estimate, meanEstimate } from '../../analysis/bootstrap.ts'
import { type RunRecord, START_METHODS } from '../../record/schema.ts'
import type { Fitted, HostModel, StartMethod, StartupModel } from '../model.ts'
import { startCpuMs } from './engineWork.ts'
import type { Identified } from './identified.ts'
import { shareEstimate } from './share.ts'
import {
  basesOf,
  failedStarts,
  type Start,
  sharingFactor,
  slowdown,
  startsOfUnknownMethod,
} from './startup.ts'

/** So much worse than a line may a CPU share explain simultaneous starts, before the line alone is taken. */
const WORSE = 1.25

export interface StartupFit {
  startup: StartupModel
  remarks: string[]
  identified: Identified[]
}

/**
 * Start-up by method, and what it depends on. Where the ticks have CPU readings, a start's CPU time over its length alone is its
 * CPU share: that much of it is processor sharing on the host's cores, with other starts and with the load (sim/host.ts). It counts
 * there as `engineJobs` jobs, the number that explains the lengths of all starts best.
 * What of the dependence on simultaneous starts this leaves is a line in their number. Where the shared cores explain
 * simultaneous starts clearly worse than the line alone does (images, networks and the engine's locks are shared as
 * well, and these are no processor sharing), the CPU share is left out and said.
 *
 * @param starts of records with a cold start at least.
 */
export function fitStartup(
  records: readonly RunRecord[],
  starts: readonly Start[],
  cpu: HostModel | null,
  fitted: (label: string, sample: readonly number[]) => Fitted,
): StartupFit {
  const form = chooseForm(records, starts, cpu)
  const alone = (method: StartMethod) => {
    const own = starts.filter((start) => start.method === method)
    const single = own.filter(({ others }) => others === 0)
    return (single.length > 0 ? single : own).map((start) => start.durationMs / form.factor(start))
  }
  const startup: StartupModel = {
    cold: fitted('cold start', alone('cold')),
    slowdownPerConcurrent: form.slope,
  }
  for (const method of ['created', 'paused'] as const) {
    const sample = alone(method)
    if (sample.length > 0) startup[method] = fitted(`${method} start`, sample)
  }
  if (form.cpuShare) startup.cpuShare = form.cpuShare
  if (form.engineJobs) startup.engineJobs = form.engineJobs
  const { failed, all } = failedStarts(records)
  if (all > 0) startup.failure = shareEstimate(failed, all)
  return {
    startup,
    remarks: [...form.remarks, ...remarksOn(starts, startsOfUnknownMethod(records))],
    identified: [
      ...START_METHODS.map((method) => identifiedMethod(starts, method)),
      identifiedSlowdown(starts, form),
      {
        quantity: 'startup.failure',
        from: all > 0 ? 'starts that failed' : null,
        samples: all,
        missing: all >= 20 ? null : 'live calibrate startup --thorough',
      },
      {
        quantity: 'startup.cpuShare',
        from: form.cpuShare ? 'CPU time of the starts' : null,
        samples: form.cpuShare ? form.measured : 0,
        missing: form.cpuShare ? null : form.whyNoShare,
      },
      identifiedEngineJobs(starts, form),
    ],
  }
}

interface Form {
  cpuShare: Estimate | null
  engineJobs: Estimate | null
  slope: Estimate
  factor: (start: Start) => number
  /** Starts whose CPU time was measured. */
  measured: number
  whyNoShare: string | null
  remarks: string[]
}

const unexplained = () => 1

function chooseForm(records: readonly RunRecord[], starts: readonly Start[], cpu: HostModel | null): Form {
  const line: Form = {
    cpuShare: null,
    engineJobs: null,
    slope: slowdown(starts),
    factor: unexplained,
    measured: 0,
    whyNoShare: 'CPU readings of starts on a machine with cores to spare: live calibrate startup on Linux',
    remarks: [],
  }
  const base = basesOf(starts).get('cold')
  const works = cpu && base !== undefined ? startCpuMs(records, cpu) : []
  if (cpu === null || base === undefined || works.length === 0) return withTable(line, starts)
  const { estimate, lo, hi } = meanEstimate(works)
  const share = (ms: number | null) => (ms === null ? null : ms / base)
  const cpuShare = { estimate: share(estimate)!, lo: share(lo), hi: share(hi) }
  const engineJobs = fitEngineJobs(starts, cpuShare.estimate, cpu)
  const work = { cpuShare: cpuShare.estimate, engineJobs: engineJobs.estimate }
  const factor = (start: Start) => sharingFactor(start, work, cpu)
  const shared: Form = {
    cpuShare,
    engineJobs,
    slope: slowdown(starts, factor),
    factor,
    measured: works.length,
    whyNoShare: null,
    remarks: [],
  }
  const errors = { shared: errorOf(starts, shared), line: errorOf(starts, line) }
  if (errors.shared <= WORSE * errors.line) return withTable(shared, starts)
  const why = `starts used ${Math.round(estimate)} ms of CPU, ${(100 * cpuShare.estimate).toFixed(0)} % of one alone, but sharing the cores explains simultaneous starts worse than a line in their number (root mean square error ${percent(errors.shared)} against ${percent(errors.line)})`
  return withTable({ ...line, whyNoShare: why, remarks: [`${why}: the CPU share is left out`] }, starts)
}

/** A start has at most so many threads at work: engine, runtime and application on a few cores. */
const MOST_ENGINE_JOBS = 4
const ENGINE_JOBS_STEP = 0.05

/**
 * As how many jobs a start counts: of 1, 1.05, ... 4 that with which processor sharing alone misses the lengths of the starts least
 * (root mean square of measured / predicted - 1). At least the CPU share, since one job is at most one core's work.
 */
function fitEngineJobs(starts: readonly Start[], cpuShare: number, cpu: HostModel): Estimate {
  const fewest = Math.max(1, cpuShare)
  const steps = Math.floor(Math.max(0, MOST_ENGINE_JOBS - fewest) / ENGINE_JOBS_STEP)
  const candidates = Array.from({ length: steps + 1 }, (_, i) => fewest + i * ENGINE_JOBS_STEP)
  const none = { estimate: 0, lo: null, hi: null }
  const best = (drawn: readonly number[]) => {
    const own = drawn.map((i) => starts[i]!)
    const errors = candidates.map((engineJobs) =>
      errorOf(own, { slope: none, factor: (start) => sharingFactor(start, { cpuShare, engineJobs }, cpu) }),
    )
    return { engineJobs: candidates[errors.indexOf(Math.min(...errors))]! }
  }
  const all = starts.map((_, i) => i)
  return bootstrap(all, best, { resamples: 200, seed: 6 }).engineJobs!
}

/** Root of the mean square of measured / predicted - 1, over the starts whose method has a base. */
function errorOf(starts: readonly Start[], form: Pick<Form, 'slope' | 'factor'>): number {
  const bases = basesOf(starts, form.factor)
  const errors = starts.flatMap((start) => {
    const base = bases.get(start.method)
    return base === undefined ? [] : [(start.durationMs / predicted(start, base, form) - 1) ** 2]
  })
  return errors.length === 0 ? 0 : Math.sqrt(mean(errors))
}

const predicted = (start: Start, baseMs: number, { slope, factor }: Pick<Form, 'slope' | 'factor'>) =>
  baseMs * (1 + slope.estimate * start.others) * factor(start)

/** A mean that is off by more than this is said. */
const WORTH_SAYING = 0.15

/** Says where the form misses the starts with so many others by more than 15 %. */
function withTable(form: Form, starts: readonly Start[]): Form {
  const bases = basesOf(starts, form.factor)
  const known = starts.filter(({ others, method }) => others > 0 && bases.has(method))
  const off = [...new Set(known.map(({ others }) => others))].sort().flatMap((others) => {
    const own = known.filter((start) => start.others === others)
    const ratio = (ms: (start: Start) => number) =>
      mean(own.map((start) => ms(start) / bases.get(start.method)!)) - 1
    const measured = ratio(({ durationMs }) => durationMs)
    const model = ratio((start) => predicted(start, bases.get(start.method)!, form))
    return Math.abs(measured - model) > WORTH_SAYING * (1 + measured)
      ? [
          `with ${others} others starts took ${percent(measured)} longer than alone, the model says ${percent(model)} (${own.length} starts)`,
        ]
      : []
  })
  return { ...form, remarks: [...form.remarks, ...off] }
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`

function remarksOn(starts: readonly Start[], unknown: number): string[] {
  return [
    ...(starts.some(({ others }) => others === 0)
      ? []
      : ['no replica started alone: its time includes the others; more with live calibrate startup']),
    ...(starts.some(({ others }) => others > 0)
      ? []
      : ['no replicas started together: their slow-down is taken as 0; more with live calibrate startup']),
    ...(unknown > 0
      ? [
          `${unknown} starts with replicas standing by do not say by which method: left out; records of now do`,
        ]
      : []),
  ]
}

function identifiedMethod(starts: readonly Start[], method: StartMethod): Identified {
  const own = starts.filter((start) => start.method === method)
  const alone = own.filter(({ others }) => others === 0).length
  return {
    quantity: `startup.${method}`,
    from: own.length === 0 ? null : alone > 0 ? 'starts that were alone' : 'starts with others',
    samples: alone || own.length,
    missing: alone >= 10 ? null : `live calibrate startup${alone > 0 ? ' --thorough' : ''}`,
  }
}

/** Wanting less than this of a core beside it tells hardly how a start shares. */
const LEAST_BESIDE = 0.5

function identifiedEngineJobs(starts: readonly Start[], form: Form): Identified {
  const besideWork = starts.filter(({ beside }) => (beside?.jobs ?? 0) >= LEAST_BESIDE).length
  return {
    quantity: 'startup.engineJobs',
    from: form.engineJobs
      ? besideWork > 0
        ? 'starts with others and beside CPU work'
        : 'starts with others'
      : null,
    samples: form.engineJobs ? starts.length : 0,
    missing: besideWork >= 6 ? null : 'starts beside CPU work: live calibrate all',
  }
}

function identifiedSlowdown(starts: readonly Start[], form: Form): Identified {
  const together = starts.filter(({ others }) => others > 0).length
  return {
    quantity: 'startup.slowdownPerConcurrent',
    from:
      together === 0
        ? null
        : form.cpuShare
          ? 'starts with others, beyond the shared cores'
          : 'starts with others',
    samples: together,
    missing: together >= 6 ? null : 'live calibrate startup',
  }
}
