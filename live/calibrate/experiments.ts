import { parseRateLimit } from '../../control/rateLimit.ts'
import type { Policy } from '../../policies/policy.ts'
import { staticPolicy } from '../../policies/static.ts'
import type { ControlSettings, RunHeader, TickRow } from '../../record/schema.ts'
import type { RatePoint, Trace } from '../../traces/trace.ts'
import { type AppSettings, meanDelayMs } from '../appSettings.ts'
import type { LoadStep } from './nextRates.ts'

/** One calibration run: what differs from an ordinary live run. */
export interface Experiment {
  /** Its record's folder, below the calibration's. */
  name: string
  purpose: RunHeader['purpose']
  trace: Trace
  policy: Policy
  parameters: Record<string, number>
  control: Omit<ControlSettings, 'knowledge'>
  endsWhen?: (row: TickRow) => boolean
}

/** Experiment (a), one round: steps of the rate to one replica. @param round from 1. */
export function saturationRound(round: number, mix: Trace['mix'], steps: readonly LoadStep[]): Experiment {
  return fixed(`saturation-${round}`, 'saturation', 1, {
    name: `staircase-${round}`,
    description: 'The rate to one replica, in steps to beyond its saturation',
    mix,
    ...staircase(steps),
  })
}

/** Offered load over what the fleet is expected to serve: for its latency, and for its throughput. */
const LIGHT = 0.7
const OVERLOAD = 1.2
/** Between the two. */
const PAUSE_MS = 1000
/** One replica is overloaded so many times as long as a large fleet, since it gives fewer answers a second. */
const ALONE = 2.5

/** How long each fleet is loaded lightly, and overloaded at least. */
export interface ScalingPace {
  lightMs: number
  overloadMs: number
}

/** A fleet, and the most that it can be expected to serve, requests/s. */
export interface Fleet {
  replicas: number
  expectedPerS: number
}

/** Experiment (b), one fleet: a light load, then more than it can serve; a small fleet longer, for as many answers. */
export function scaling({ replicas, expectedPerS }: Fleet, mix: Trace['mix'], pace: ScalingPace): Experiment {
  const overloadMs = scalingOverloadMs(replicas, pace)
  const rateAt = (share: number) => Number((share * expectedPerS).toPrecision(4))
  const steps = [
    { ratePerS: rateAt(LIGHT), durationMs: pace.lightMs, pauseMs: PAUSE_MS },
    { ratePerS: rateAt(OVERLOAD), durationMs: overloadMs, pauseMs: 0 },
  ]
  return fixed(`scaling-${replicas}`, 'scaling', replicas, {
    name: `overload-${replicas}`,
    description: `A light load, then more than ${replicas} replicas can serve`,
    mix,
    ...staircase(steps),
  })
}

/** Length of the load of one fleet, ms. */
export function scalingMs(replicas: number, pace: ScalingPace): number {
  return pace.lightMs + PAUSE_MS + scalingOverloadMs(replicas, pace)
}

const scalingOverloadMs = (replicas: number, { overloadMs }: ScalingPace) =>
  Math.round(overloadMs * Math.max(1, ALONE / replicas))

/**
 * What a fleet can be expected to serve where one replica serves `onePerS` and holds a core for `coresEach` (0 to 1)
 * of a busy time: sleeping replicas add up, working ones until the cores are used up.
 */
export function expectedFleetPerS(
  replicas: number,
  { onePerS, coresEach, cores }: { onePerS: number; coresEach: number; cores: number },
): number {
  return onePerS * Math.min(replicas, Math.max(1, cores / coresEach))
}

/** Before the first step: what preparing the objects took from a rate limit's window is then forgotten. */
const LEAD_IN_MS = 1200

/** Steps at constant rates, with pauses without load before and between them. */
function staircase(steps: readonly LoadStep[]): Pick<Trace, 'load' | 'process' | 'durationMs'> {
  const points: RatePoint[] = [0, LEAD_IN_MS].map((atMs) => ({ atMs, ratePerS: 0 }))
  let atMs = LEAD_IN_MS
  steps.forEach(({ ratePerS, durationMs, pauseMs }, i) => {
    points.push({ atMs, ratePerS })
    atMs += durationMs
    points.push({ atMs, ratePerS })
    if (pauseMs === 0 || i === steps.length - 1) return
    points.push({ atMs, ratePerS: 0 })
    atMs += pauseMs
    points.push({ atMs, ratePerS: 0 })
  })
  return { load: { kind: 'rate', points }, process: 'poisson', durationMs: atMs }
}

function fixed(name: string, purpose: RunHeader['purpose'], replicas: number, trace: Trace): Experiment {
  return {
    name,
    purpose,
    trace,
    policy: staticPolicy,
    parameters: { replicas },
    control: {
      intervalMs: 1000,
      windowMs: 5000,
      minReplicas: replicas,
      maxReplicas: replicas,
      initialReplicas: replicas,
    },
  }
}

/** Beside its delay a request costs about so much, and so much a kilobyte that it compresses: only for choosing the first rates. */
const GUESSED_OVERHEAD_MS = 3
const GUESSED_COMPRESS_MS_PER_KB = 0.12
/** Of the sizes of the objects (live/load/requests.ts). */
const MEAN_OVER_LARGEST = 0.56

/** A guess of what one replica serves, requests/s, from its settings alone. */
export function guessCapacityPerS(app: AppSettings, mix: Trace['mix']): number {
  const weights = Object.values(mix).reduce((sum, weight) => sum + weight, 0)
  const compressed = (mix.compress ?? 0) / weights
  const compressMs = compressed * ((app.objectBytes * MEAN_OVER_LARGEST) / 1000) * GUESSED_COMPRESS_MS_PER_KB
  const byWorkPerS = 1000 / (meanDelayMs(app.delay) + GUESSED_OVERHEAD_MS + compressMs)
  return Math.min(byWorkPerS, rateLimitPerS(app.rateLimit))
}

/** What it lets through, requests/s. */
function rateLimitPerS(text: string): number {
  const limit = parseRateLimit(text, '--rate-limit')
  return limit ? (limit.limit / limit.windowMs) * 1000 : Number.POSITIVE_INFINITY
}
