import type { Metrics } from '../analysis/metrics.ts'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { type Summary, summarise } from '../analysis/summary.ts'
import { checkControl, checkService, whole } from '../control/checkSettings.ts'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import type { Policy } from '../policies/policy.ts'
import type { ControlSettings, RunRecord, ServiceSettings, TickRow } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { readTrace } from '../traces/read.ts'
import type { RequestClass, Trace } from '../traces/trace.ts'
import { knowledgeOf } from './knowledge.ts'
import type { Model } from './model.ts'
import { withOraclePlan } from './oracle.ts'
import { checkStandby } from './plant.ts'
import { DEFAULT_MODEL, parseModel, readModel } from './readModel.ts'
import { Recorder } from './recorder.ts'
import { MOST_REPLICATIONS, type Plan, Runner } from './replications.ts'
import { both, ticksTo } from './sinks.ts'

/** A trace as its file has it: durations as texts ("10s"), checked when it is used. */
export interface TraceJson {
  schema: 1
  name: string
  description?: string
  process?: 'poisson' | 'even' | 'mmpp'
  burst?: readonly { factor: number; mean: string }[]
  mix: Partial<Record<RequestClass, number>>
  load:
    | { kind: 'rate'; points: readonly { at: string; ratePerS: number }[] }
    | { kind: 'counts'; interval: string; counts: readonly number[] }
    | { kind: 'arrivals'; at: readonly string[] }
    | { kind: 'arrivals'; atMs: readonly number[] }
    | {
        kind: 'users'
        points: readonly { at: string; users: number }[]
        think: string | { uniform: readonly [string, string] } | { exponential: string }
      }
  duration?: string
}

export interface SimulateOptions {
  /** A shipped policy's name, or a policy (policies/policy.ts). */
  policy: string | Policy
  /** A shipped trace's name, a trace file's path, or what such a file holds (see traces/spike.json). */
  trace: string | TraceJson
  /** A shipped model's name, a model file's path, or a model. Default: the shipped reference model. */
  model?: string | Model
  /** Parameters of the policy that are not to have their defaults. */
  set?: Readonly<Record<string, number>>
  /** Of the first run; further ones count up. Default 1. */
  seed?: number
  /** How many runs. Default 20; below 19 an interval is the range of the runs. */
  replications?: number
  /** What is promised: `p95<500ms over 10s` (the default) or `99%<800ms`. */
  sla?: string
  /** Time between ticks, window, bounds and initial number of replicas (ms; defaults: 1000, 5000, 1 to 8, 1). */
  control?: Partial<ControlSettings>
  /** Proxy and clients (defaults: leastconn, maxconn 1, queue 30 s, client 10 s, health checks as HAProxy's). */
  service?: Partial<ServiceSettings>
  /** Hears every tick of every run: what the policy saw, and why it decided. */
  onTick?: (row: TickRow, run: number) => void
  /** Keep the whole record of each run: some 80 bytes a request. Default false. */
  record?: boolean
}

export interface SimulateResult {
  /** Mean and 90 % prediction interval over the runs; a metric that no run determines is absent. */
  metrics: Summary
  /** Each run's metrics: times in ms, shares from 0 to 1; null where the run does not determine it. */
  runs: Metrics[]
  /** Of each run, where `record` was asked for. */
  records: RunRecord[]
}

/**
 * Simulates a policy on a trace, `replications` times with seeds that count up. The same options give the
 * same result, to the bit.
 * @throws UserError that names place, value and expectation, for whatever is wrong with the options.
 */
export async function simulate(options: SimulateOptions): Promise<SimulateResult> {
  const { seed = 1, replications = 20, record = false, onTick } = options
  const policy = typeof options.policy === 'string' ? policyByName(options.policy) : options.policy
  const trace = await traceOf(options.trace)
  const model = await modelOf(options.model ?? DEFAULT_MODEL)
  const settings = Object.entries(options.set ?? {}).map(([name, value]) => `${name}=${value}`)
  const service = { ...DEFAULT_SERVICE, ...options.service }
  const control = { ...DEFAULT_CONTROL, knowledge: knowledgeOf(model, trace, service), ...options.control }
  checkControl(control)
  checkService(service)
  checkStandby(control, model)
  whole('seed', seed, 0, 2 ** 31)
  whole('replications', replications, 1, MOST_REPLICATIONS)
  const recorders: Recorder[] = []
  const watch = (run: number): RunSink => {
    const ticks = ticksTo((row) => onTick?.(row, run))
    if (!record) return ticks
    recorders[run] = new Recorder()
    return both(recorders[run], ticks)
  }
  const plan: Plan = {
    trace,
    model,
    policy,
    parameters: parametersOf(policy, settings),
    control,
    service,
    seed,
    sla: parseSla(options.sla ?? DEFAULT_SLA, 'sla'),
  }
  const runner = new Runner(withOraclePlan(plan, plan.sla), onTick || record ? { watch } : {})
  const runs = await runner.run(0, replications)
  return { metrics: summarise(runs), runs, records: recorders.map((recorder) => recorder.record()) }
}

/** Loaded only where it is needed: its schema takes as long to load as a run takes. */
async function traceOf(trace: string | TraceJson): Promise<Trace> {
  if (typeof trace === 'string') return readTrace(trace)
  const { parseTrace } = await import('../traces/parse.ts')
  return parseTrace(trace, 'trace')
}

async function modelOf(model: string | Model): Promise<Model> {
  return typeof model === 'string' ? readModel(model) : parseModel(model, 'model')
}
