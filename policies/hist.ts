import { decisionFor, hold } from './decision.ts'
import { offeredLoad, setPoint, wholeReplicas } from './offeredLoad.ts'
import type { Parameters, Policy } from './policy.ts'
import { mean } from './recent.ts'
import { duration, integer, share } from './specs.ts'

export interface HistState {
  /** For each bin of the period: how often each load, in whole replicas, was seen in it. */
  histogram: readonly (readonly number[])[]
  /** By how much each of the last predictions was short, 0 where it was not; at most `errors`. */
  shortfalls: readonly number[]
  /** Of the last decisions, whether the load was above the capacity; at most 10. */
  under: readonly boolean[]
}

/** The repair acts where more than `REPAIR_AT` of the last `REPAIR_OF` ticks had too little. */
const REPAIR_OF = 10
const REPAIR_AT = 5

/**
 * Hist: what the load was at this time of the day, and a repair where that was not enough.
 *
 *     predicted = the `percentile` of the loads seen in this bin of the period (24 bins of a day)
 *     n         = ceil(predicted + mean over the last `errors` ticks of max(0, load - predicted))
 *     repair    n = ceil(load) + margin where load > n in more than 5 of the last 10 ticks; the errors are then forgotten
 *
 * The percentile of k sorted loads is the one at index floor(k percentile), from 0. Loads are counted in whole
 * replicas, those above the upper bound as the bound, which is all that they can ask for.
 *
 * Differences from the published code: its correction is the mean of capacity - load, which adds replicas where there were too
 * many; here it is the paper's, of under-estimates alone. It has one correction in 7200 errors; here
 * the last `errors` count at each tick. Its repair gives nothing where load <= capacity, and is then added to a
 * number; here it is the load + 2. It notes each error twice, so that its last 10 are 5 ticks; here they are 10 ticks.
 *
 * Source: Urgaonkar et al., Agile dynamic provisioning of multi-tier Internet applications, ACM TAAS 3 (2008).
 */
export const hist: Policy<HistState> = {
  name: 'hist',
  summary: 'a percentile of what was needed at this time of the day, with a reactive repair',
  source:
    'Urgaonkar et al., ACM TAAS 2008; atlarge-research/opendc-autoscaling-prototype, hist_autoscaler.py',
  parameters: {
    utilisation: setPoint(0.8),
    periodMs: duration('what repeats: a day', { min: 1000, max: 86_400_000 * 7 }, 86_400_000),
    bins: integer('histograms a period', 'bins', { min: 1, max: 168 }, 24),
    percentile: share('part of the past loads that would have been carried', 0.9),
    errors: integer('past predictions that correct the next', 'ticks', { min: 1, max: 3600 }, 60),
    margin: integer('replicas above the load after a repair', 'replicas', { min: 0, max: 100 }, 2),
  },
  init: ({ parameters }) => ({
    histogram: Array.from({ length: parameters.bins! }, () => []),
    shortfalls: [],
    under: [],
  }),
  decide(context, observation, previous) {
    const load = offeredLoad(context, observation)
    if (load === null) return { decision: hold('load or service time unknown'), state: previous }
    const { parameters, replicas } = context
    const seen = Math.min(replicas.max, wholeReplicas(load))
    const bin = binAt(parameters, observation.nowMs)
    const past = previous.histogram[bin]!
    const counts = counted(past, seen)
    const predicted = percentileOf(counts, parameters.percentile!)
    const state: HistState = {
      histogram: previous.histogram.with(bin, counts),
      shortfalls: noteShortfall(previous.shortfalls, past, Math.min(replicas.max, load), parameters),
      under: [...previous.under, load > observation.target].slice(-REPAIR_OF),
    }
    if (state.under.filter(Boolean).length > REPAIR_AT) {
      const wish = {
        replicas: wholeReplicas(load) + parameters.margin!,
        reason: `load ${load.toFixed(2)}, repair`,
      }
      return {
        decision: decisionFor(context, observation, wish),
        state: { ...state, under: [], shortfalls: [] },
      }
    }
    const correction = mean(state.shortfalls) ?? 0
    const wish = {
      replicas: wholeReplicas(predicted + correction),
      reason: `histogram ${predicted}, correction ${correction.toFixed(2)}`,
    }
    return { decision: decisionFor(context, observation, wish), state }
  },
}

function binAt({ periodMs, bins }: Parameters, nowMs: number): number {
  return Math.floor(((nowMs % periodMs!) / periodMs!) * bins!)
}

function counted(counts: readonly number[], load: number): readonly number[] {
  return Array.from(
    { length: Math.max(counts.length, load + 1) },
    (_, i) => (counts[i] ?? 0) + (i === load ? 1 : 0),
  )
}

/** Of the sorted loads the one at index floor(k share), or the last. */
export function percentileOf(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const index = Math.min(total - 1, Math.floor(total * share))
  let before = 0
  return counts.findIndex((count) => {
    before += count
    return before > index
  })
}

/** What the bin's histogram said before this load came; a bin without past loads has said nothing. */
function noteShortfall(
  shortfalls: readonly number[],
  counts: readonly number[],
  load: number,
  { percentile, errors }: Parameters,
): readonly number[] {
  if (counts.length === 0) return shortfalls
  return [...shortfalls, Math.max(0, load - percentileOf(counts, percentile!))].slice(-errors!)
}
