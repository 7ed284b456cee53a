import { decisionFor, hold } from './decision.ts'
import { offeredLoad, setPoint, wholeReplicas } from './offeredLoad.ts'
import type { Observation, Parameters, Policy } from './policy.ts'
import { integer } from './specs.ts'

export interface AdaptState {
  /** Replica-ms since the first tick, and over the last interval: capacities in the mean. */
  replicaMs: number
  startMs: number | null
  lastMs: number
  /** Part of a replica that the controller has asked for and not yet got. */
  repair: number
}

/**
 * Adapt: proactive steps by the gap between load and capacity, and a reactive repair when the load is above the capacity.
 *
 *     n     mean capacity since the start          C   mean capacity over the last interval
 *     gap   ceil(load) - capacity                  u = C / n,  P = gap / n
 *     R     u P n = (C / n) gap                    divided by `damping` (15) where it is negative
 *
 * R is summed over the ticks; whole replicas of the sum are what is added or removed, and leave it. A step in is never
 * below ceil(load) + margin. Where load > capacity, at least ceil(load) + margin is asked for at once.
 *
 * Differences from the published code: it divides a positive R by the seconds between two ticks, which changes
 * the controller with the interval: here a tick closes the gap, as there at one second. It re-estimates every
 * ceil(0.01 capacity / C) seconds, which is each second; here it does at each tick. It compares the resulting
 * change with the capacity as if it were a number of replicas, and on scaling in takes capacity + steps for what is left:
 * both read as slips, and not kept. Capacity is what was asked for, starting replicas included.
 *
 * Source: Ali-Eldin, Tordsson and Elmroth, An adaptive hybrid elasticity controller for cloud infrastructures, NOMS 2012.
 */
export const adapt: Policy<AdaptState> = {
  name: 'adapt',
  summary: 'steps by the gap between load and capacity, slow on the way in, with a reactive repair',
  source: 'Ali-Eldin et al., NOMS 2012; atlarge-research/opendc-autoscaling-prototype, adapt_autoscaler.py',
  parameters: {
    utilisation: setPoint(0.8),
    damping: {
      description: 'how many times slower it scales in than out',
      unit: '1',
      min: 1,
      max: 1000,
      default: 15,
      scale: 'log',
    },
    margin: integer('replicas above the load after a repair', 'replicas', { min: 0, max: 100 }, 2),
  },
  init: () => ({ replicaMs: 0, startMs: null, lastMs: 0, repair: 0 }),
  decide(context, observation, previous) {
    const load = offeredLoad(context, observation)
    const timed = withCapacity(observation, previous)
    if (load === null) return { decision: hold('load or service time unknown'), state: timed }
    const { target } = observation
    const gap = wholeReplicas(load) - target
    const repair = timed.repair + rate(context.parameters, observation, gap, timed)
    const steps = Math.trunc(repair)
    const safe = wholeReplicas(load) + context.parameters.margin!
    const proactive = steps < 0 ? Math.min(target, Math.max(target + steps, safe)) : target + steps
    const replicas = load > target ? Math.max(proactive, safe) : proactive
    return {
      decision: decisionFor(context, observation, {
        replicas,
        reason: `load ${load.toFixed(2)}, repair ${repair.toFixed(2)}`,
      }),
      state: { ...timed, repair: repair - steps },
    }
  },
}

/** The capacity since the last tick was the target until now. */
function withCapacity({ nowMs, target }: Observation, state: AdaptState): AdaptState {
  if (state.startMs === null) return { ...state, startMs: nowMs, lastMs: nowMs }
  return { ...state, replicaMs: state.replicaMs + target * (nowMs - state.lastMs), lastMs: nowMs }
}

function rate(parameters: Parameters, { target }: Observation, gap: number, state: AdaptState): number {
  const elapsedMs = state.lastMs - state.startMs!
  const meanCapacity = elapsedMs > 0 ? state.replicaMs / elapsedMs : target
  const change = meanCapacity > 0 ? (target / meanCapacity) * gap : gap
  return change < 0 ? change / parameters.damping! : change
}
