import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import type { ServiceSettings } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import type { Fitted, Model } from '../sim/model.ts'
import type { Simulation } from '../sim/simulation.ts'
import type { Trace } from '../traces/trace.ts'

const NEVER_MS = 3_600_000_000

export const exactly = (value: number): Fitted => ({ distribution: { family: 'deterministic', value } })
export const estimateOf = (value: number) => ({ estimate: value, lo: value, hi: value })

/** A model by hand: all the time that a request holds its server is blocking, of one distribution. */
export function handModel(blocking: Distribution, startupMs = 1500): Model {
  const own = { blockingMs: { distribution: blocking }, cpuMs: exactly(0), overheadMs: exactly(0) }
  return {
    schema: 1,
    name: 'by hand',
    description: '',
    classes: { read: own, write: own },
    transitMs: exactly(0),
    startup: { cold: exactly(startupMs), slowdownPerConcurrent: estimateOf(0) },
    stopMs: exactly(300),
    monitoring: { delayMs: estimateOf(5) },
    host: null,
  }
}

/** Poisson reads at one rate. */
export function constantLoad(ratePerS: number, durationMs: number): Trace {
  const points = [
    { atMs: 0, ratePerS },
    { atMs: durationMs, ratePerS },
  ]
  return {
    name: 'constant',
    description: '',
    load: { kind: 'rate', points },
    process: 'poisson',
    mix: { read: 1 },
    durationMs,
  }
}

/** A trace file of Poisson reads, its rate given at some times: `['4s', 20]`. */
export function traceFile(
  name: string,
  points: readonly (readonly [at: string, ratePerS: number])[],
): string {
  return JSON.stringify({
    schema: 1,
    name,
    description: 'for a test',
    process: 'poisson',
    mix: { read: 1 },
    load: { kind: 'rate', points: points.map(([at, ratePerS]) => ({ at, ratePerS })) },
  })
}

/** Reads at these times, ms. */
export function arrivalsAt(atMs: readonly number[], durationMs = 10_000): Trace {
  return {
    name: 'by hand',
    description: '',
    load: { kind: 'arrivals', atMs },
    process: 'even',
    mix: { read: 1 },
    durationMs,
  }
}

/** `replicas` servers for the whole run, nobody gives up, no tick interferes: a queueing model of the textbooks. */
export function fixedFleet(options: {
  trace: Trace
  model: Model
  replicas: number
  seed?: number
  service?: Partial<ServiceSettings>
}): Simulation {
  const { trace, model, replicas, seed = 1 } = options
  const policy = policyByName('static')
  return {
    trace,
    model,
    policy,
    parameters: parametersOf(policy, [`replicas=${replicas}`]),
    control: {
      ...DEFAULT_CONTROL,
      intervalMs: 2 * trace.durationMs,
      windowMs: 2 * trace.durationMs,
      maxReplicas: replicas,
      initialReplicas: replicas,
      knowledge: { serviceMsMean: null, startupMsMean: null },
    },
    service: {
      ...DEFAULT_SERVICE,
      clientTimeoutMs: NEVER_MS,
      queueTimeoutMs: NEVER_MS,
      health: null,
      ...options.service,
    },
    seed,
  }
}

/** A policy on a trace with the defaults of the command line. */
export function autoscaled(options: {
  trace: Trace
  model: Model
  policy: string
  set?: string[]
  seed?: number
  service?: Partial<ServiceSettings>
}): Simulation {
  const policy = policyByName(options.policy)
  return {
    trace: options.trace,
    model: options.model,
    policy,
    parameters: parametersOf(policy, options.set ?? []),
    control: { ...DEFAULT_CONTROL, knowledge: { serviceMsMean: 102.5, startupMsMean: 1500 } },
    service: { ...DEFAULT_SERVICE, ...options.service },
    seed: options.seed ?? 1,
  }
}
