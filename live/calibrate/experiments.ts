import type { Policy } from '../../policies/policy.ts'
import { staticPolicy } from '../../policies/static.ts'
import type { ControlSettings, RunHeader, TickRow } from '../../record/schema.ts'
import type { Trace } from '../../traces/trace.ts'
import { meanDelayMs } from '../appSettings.ts'
import { PROBE_DONE, probeStarts, STARTS_AT_MOST } from './probeStarts.ts'

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

/** Offered load of each step over the expected capacity of one replica. */
const STAIRCASE = [0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25]
/** Replica counts of the scaling experiment, each offered more than it can serve. */
const FLEETS = [1, 2, 4]
const OVERLOAD = 1.2
/** Beside its delay a request costs about so much: only a guess for choosing rates, the fit measures it. */
const GUESSED_OVERHEAD_MS = 4

/**
 * Experiment (a): the rate to one replica rises in steps to beyond saturation.
 * @param stepMs length of a step.
 */
export function saturation(mix: Trace['mix'], delay: string, stepMs: number): Experiment {
  const capacity = expectedCapacityPerS(delay)
  const points = STAIRCASE.flatMap((share, i) => [
    { atMs: i * stepMs, ratePerS: share * capacity },
    { atMs: (i + 1) * stepMs, ratePerS: share * capacity },
  ])
  return fixed('saturation', 'saturation', 1, {
    name: 'staircase',
    description: 'The rate to one replica, in steps to beyond its saturation',
    load: { kind: 'rate', points },
    process: 'poisson',
    mix,
    durationMs: STAIRCASE.length * stepMs,
  })
}

/** Experiment (b): several replicas, each count overloaded for `eachMs`. */
export function scaling(mix: Trace['mix'], delay: string, eachMs: number): Experiment[] {
  return FLEETS.map((replicas) => {
    const ratePerS = OVERLOAD * replicas * expectedCapacityPerS(delay)
    return fixed(`scaling-${replicas}`, 'scaling', replicas, {
      name: `overload-${replicas}`,
      description: `More than ${replicas} replicas can serve`,
      load: {
        kind: 'rate',
        points: [
          { atMs: 0, ratePerS },
          { atMs: eachMs, ratePerS },
        ],
      },
      process: 'poisson',
      mix,
      durationMs: eachMs,
    })
  })
}

/** Experiment (c): replicas start and stop without load, one at a time and three at once. */
export function startup(limitMs: number, rounds: { single: number; together: number }): Experiment {
  return {
    name: 'startup',
    purpose: 'startup',
    trace: {
      name: 'no-load',
      description: 'No request at all',
      load: {
        kind: 'rate',
        points: [
          { atMs: 0, ratePerS: 0 },
          { atMs: limitMs, ratePerS: 0 },
        ],
      },
      process: 'even',
      mix: { read: 1 },
      durationMs: limitMs,
    },
    policy: probeStarts,
    parameters: rounds,
    control: {
      intervalMs: 250,
      windowMs: 1000,
      minReplicas: 1,
      maxReplicas: STARTS_AT_MOST + 1,
      initialReplicas: 1,
    },
    endsWhen: ({ decision }) => decision.reason === PROBE_DONE,
  }
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

/** What one replica can be expected to serve with this delay setting, requests/s. */
function expectedCapacityPerS(delay: string): number {
  return 1000 / (meanDelayMs(delay) + GUESSED_OVERHEAD_MS)
}
