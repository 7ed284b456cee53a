import { NO_KNOWLEDGE } from '../policies/policy.ts'
import { staticPolicy } from '../policies/static.ts'
import type { ServiceSettings } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import type { ClassModel, Fitted, Model } from '../sim/model.ts'
import type { Simulation } from '../sim/simulation.ts'
import type { RatePoint, Trace } from '../traces/trace.ts'
import { type FullModel, PERIOD_MS, periodsOf, type QueueModel, SERVICE_MS } from './cases.ts'
import { benchPolicy } from './policy.ts'

const NEVER_MS = 3_600_000_000
const INITIAL_REPLICAS = 10
const LOW_PER_S = 60
const HIGH_PER_S = 180
const STARTUP_MEAN_MS = 1500
const STARTUP_SIGMA = 0.2

const fitted = (distribution: Distribution): Fitted => ({ distribution })
const exactly = (value: number): Fitted => fitted({ family: 'deterministic', value })
const estimateOf = (value: number) => ({ estimate: value, lo: value, hi: value })

/** The case's model as ScaleTwin's input: `requests` are expected, so the trace lasts as long as they take. */
export function simulationOf(model: QueueModel | FullModel, requests: number, seed: number): Simulation {
  return model.kind === 'mmc' ? queueSimulation(model, requests, seed) : fullSimulation(model, requests, seed)
}

/** Nobody gives up and no tick interferes. */
function queueSimulation({ servers, rho }: QueueModel, requests: number, seed: number): Simulation {
  const ratePerS = (1000 * servers * rho) / SERVICE_MS
  const durationMs = (1000 * requests) / ratePerS
  const own = {
    blockingMs: fitted({ family: 'exponential', mean: SERVICE_MS }),
    cpuMs: exactly(0),
    overheadMs: exactly(0),
  }
  return {
    trace: rateTrace(
      [
        { atMs: 0, ratePerS },
        { atMs: durationMs, ratePerS },
      ],
      durationMs,
      { read: 1 },
    ),
    model: modelOf({ read: own }, 0),
    policy: staticPolicy,
    parameters: { replicas: servers },
    control: {
      intervalMs: 2 * durationMs,
      windowMs: 2 * durationMs,
      minReplicas: 1,
      maxReplicas: servers,
      initialReplicas: servers,
      knowledge: NO_KNOWLEDGE,
    },
    service: serviceOf({ clientTimeoutMs: NEVER_MS, queueTimeoutMs: NEVER_MS }),
    seed,
  }
}

function fullSimulation({ maxReplicas }: FullModel, requests: number, seed: number): Simulation {
  const periods = periodsOf(requests)
  const points = Array.from({ length: periods }, (_, k) => periodFrom(k * PERIOD_MS)).flat()
  const own = {
    blockingMs: fitted({ family: 'uniform', min: 5, max: 200 }),
    cpuMs: fitted({ family: 'lognormal', mu: 0.4, sigma: 0.24 }),
    overheadMs: exactly(1.6),
  }
  return {
    trace: rateTrace(points, periods * PERIOD_MS, { read: 0.6, write: 0.4 }),
    model: modelOf({ read: own, write: own }, 0.3),
    policy: benchPolicy,
    parameters: {},
    control: {
      intervalMs: 1000,
      windowMs: 5000,
      minReplicas: 1,
      maxReplicas,
      initialReplicas: INITIAL_REPLICAS,
      knowledge: NO_KNOWLEDGE,
    },
    service: serviceOf({
      clientTimeoutMs: 10_000,
      queueTimeoutMs: 30_000,
      retries: { most: 1, backoffMs: 100, factor: 1, jitter: 0.5 },
    }),
    seed,
  }
}

/** 60 a second for the first half, 180 for the second. */
function periodFrom(atMs: number): RatePoint[] {
  const jumpMs = atMs + PERIOD_MS / 2
  return [
    { atMs, ratePerS: LOW_PER_S },
    { atMs: jumpMs, ratePerS: LOW_PER_S },
    { atMs: jumpMs, ratePerS: HIGH_PER_S },
    { atMs: atMs + PERIOD_MS, ratePerS: HIGH_PER_S },
  ]
}

function rateTrace(points: RatePoint[], durationMs: number, mix: Trace['mix']): Trace {
  return {
    name: 'bench',
    description: '',
    load: { kind: 'rate', points },
    process: 'poisson',
    mix,
    durationMs,
  }
}

function modelOf(classes: Record<string, ClassModel>, transitMs: number): Model {
  const mu = Math.log(STARTUP_MEAN_MS) - STARTUP_SIGMA ** 2 / 2
  return {
    schema: 1,
    name: 'bench',
    description: '',
    classes,
    transitMs: exactly(transitMs),
    startup: {
      cold: fitted({ family: 'lognormal', mu, sigma: STARTUP_SIGMA }),
      slowdownPerConcurrent: estimateOf(0),
    },
    stopMs: exactly(300),
    monitoring: { delayMs: estimateOf(0) },
    host: null,
  }
}

function serviceOf(
  own: Pick<ServiceSettings, 'clientTimeoutMs' | 'queueTimeoutMs' | 'retries'>,
): ServiceSettings {
  return { balance: 'leastconn', maxconn: 1, ...own }
}
