import type { Policy } from '../../policies/policy.ts'

/** Replicas that one step starts at once. */
export const STARTS_AT_MOST = 3

/** The step that is under way, and since when the fleet has been as the step wants it. */
export interface ProbeState {
  step: number
  settledSinceMs: number | null
}

/** The reason that it gives when all rounds are over. */
export const PROBE_DONE = 'done'

/**
 * Not for scaling: it makes replicas start and stop so that the times can be measured. `single` rounds of
 * m -> m + 1 -> m replicas, m being the fewest, then `together` rounds of m -> m + 3 -> m; each step begins when the
 * one before it is complete.
 */
export const probeStarts: Policy<ProbeState> = {
  name: 'probe-starts',
  summary: 'starts and stops replicas to measure how long it takes',
  source: 'the calibration of start-up times',
  parameters: {
    single: {
      description: 'rounds with one start',
      unit: 'rounds',
      min: 0,
      max: 1000,
      default: 6,
      scale: 'integer',
    },
    together: {
      description: 'rounds with three starts at once',
      unit: 'rounds',
      min: 0,
      max: 1000,
      default: 2,
      scale: 'integer',
    },
    restMs: {
      description: 'pause with a settled fleet before the next step: nothing of the last one should be left',
      unit: 'ms',
      min: 0,
      max: 60_000,
      default: 600,
      scale: 'integer',
    },
  },
  init: () => ({ step: 0, settledSinceMs: null }),
  decide({ parameters, replicas: bounds }, { nowMs, replicas, target }, { step, settledSinceMs }) {
    const settled = replicas.starting === 0 && replicas.draining === 0 && replicas.ready === target
    if (!settled)
      return { decision: { kind: 'hold', reason: 'waits' }, state: { step, settledSinceMs: null } }
    const since = settledSinceMs ?? nowMs
    const rounds = parameters.single! + parameters.together!
    if (step >= 2 * rounds)
      return { decision: { kind: 'hold', reason: PROBE_DONE }, state: { step, settledSinceMs: since } }
    if (nowMs - since < parameters.restMs!)
      return { decision: { kind: 'hold', reason: 'rests' }, state: { step, settledSinceMs: since } }
    const more = step < 2 * parameters.single! ? 1 : STARTS_AT_MOST
    const wish = step % 2 === 0 ? bounds.min + more : bounds.min
    return {
      decision: { kind: 'scale', replicas: wish, reason: `step ${step + 1} of ${2 * rounds}` },
      state: { step: step + 1, settledSinceMs: null },
    }
  },
}
