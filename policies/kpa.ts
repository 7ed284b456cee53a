import { type Buckets, NO_BUCKETS, noted, windowMean } from './buckets.ts'
import { decisionFor, hold } from './decision.ts'
import { wholeReplicas } from './offeredLoad.ts'
import type { Parameters, Policy, PolicyContext } from './policy.ts'
import { highest, recent, type Timed } from './recent.ts'
import { duration, integer, share } from './specs.ts'

export interface KpaState {
  concurrency: Buckets
  /** When the panic began or was last renewed; null outside of one. */
  panicMs: number | null
  /** The most replicas asked for during the panic. */
  panicReplicas: number
  /** What was wanted during the scale-down delay. */
  wanted: readonly Timed[]
  started: boolean
}

/**
 * Knative's pod autoscaler on concurrency, with a stable and a panic window.
 *
 *     target   max(0.01, total x utilisation)         requests in a replica
 *     S, P     ceil(mean of the window / target)      of the stable window, of the panic window
 *     bounds   floor(ready / maxDownRate) .. ceil(maxUpRate ready),  ready at least 1
 *
 *     panic    begins or is renewed while P / ready >= panicThreshold (P before the bounds);
 *              ends when that was longer ago than the stable window
 *     wanted   S within the bounds; in a panic the larger of S and P, and never less than before in it
 *     asked    the most of `wanted` over the scale-down delay
 *
 * Concurrency is what is at the servers and in the proxy's queue, averaged over a bucket of a second (of an interval
 * where that is longer). A window's mean is over the buckets from its first datum to its last; those in
 * between without data count 0. As in the original, a start with more than one ready replica is a panic:
 * there is no history yet to scale in by.
 *
 * Not here: the activator (target burst capacity, scaling from and to zero), the sampling of pods, and the metric `rps`.
 * Differences: without a signal it holds, where the original goes on with an average that is up to a
 * window old; `total` is 1, the one request that a replica here takes, where the original has 100.
 *
 * Source: knative/serving, pkg/autoscaler/scaling/autoscaler.go (Scale), pkg/autoscaler/aggregation/bucketing.go.
 */
export const kpa: Policy<KpaState> = {
  name: 'kpa',
  summary: 'Knative’s pod autoscaler: concurrency over a stable and a panic window',
  source: 'knative/serving, pkg/autoscaler/scaling/autoscaler.go and config/config.go',
  parameters: {
    total: {
      description: 'requests that a replica takes at once (containerConcurrency)',
      unit: 'requests',
      min: 0.01,
      max: 1000,
      default: 1,
      scale: 'log',
    },
    utilisation: share('part of total that is aimed for', 0.7),
    stableWindowMs: duration('stable window', { min: 1000, max: 3_600_000 }, 60_000),
    panicWindowShare: share('panic window, as a share of the stable window', 0.1),
    panicThreshold: {
      description: 'panic where the panic window wants this many times the ready replicas',
      unit: '1',
      min: 1,
      max: 10,
      default: 2,
      scale: 'linear',
    },
    maxUpRate: {
      description: 'most replicas after a tick, as a multiple of the ready ones',
      unit: '1',
      min: 1.01,
      max: 1000,
      default: 1000,
      scale: 'log',
    },
    maxDownRate: {
      description: 'fewest replicas after a tick: the ready ones divided by this',
      unit: '1',
      min: 1.01,
      max: 1000,
      default: 2,
      scale: 'log',
    },
    scaleDownDelayMs: duration(
      'how long fewer must be wanted before any goes',
      { min: 0, max: 3_600_000 },
      0,
    ),
    initialPanic: integer(
      '1 a start with several replicas is a panic, 0 it is not',
      '1',
      { min: 0, max: 1 },
      1,
    ),
  },

  init: () => ({ concurrency: NO_BUCKETS, panicMs: null, panicReplicas: 0, wanted: [], started: false }),

  decide(context, observation, previous) {
    const { inFlight, queued, nowMs, replicas } = observation
    if (inFlight === null || queued === null)
      return { decision: hold('concurrency unknown'), state: previous }
    const { parameters, intervalMs } = context
    const started = previous.started ? previous : startedWith(parameters, replicas.ready, nowMs, previous)
    const clock = clockOf(parameters, intervalMs)
    const index = Math.floor(nowMs / clock.bucketMs)
    const concurrency = noted(started.concurrency, index, inFlight + queued, clock.stableBuckets)
    const averages = {
      stable: windowMean(concurrency, index, clock.stableBuckets),
      panic: windowMean(concurrency, index, clock.panicBuckets),
    }
    const scaled = scale(context, averages, replicas.ready, nowMs, started)
    const wanted = recent(
      started.wanted,
      { atMs: nowMs, value: scaled.replicas },
      parameters.scaleDownDelayMs!,
    )
    const wish = highest(wanted)
    const delayed = wish > scaled.replicas ? `, delayed from ${scaled.replicas}` : ''
    return {
      decision: decisionFor(context, observation, { replicas: wish, reason: scaled.reason + delayed }),
      state: { ...scaled.state, concurrency, wanted },
    }
  },
}

function startedWith(parameters: Parameters, ready: number, nowMs: number, state: KpaState): KpaState {
  const panics = parameters.initialPanic === 1 && ready > 1
  return { ...state, started: true, panicMs: panics ? nowMs : null, panicReplicas: panics ? ready : 0 }
}

function clockOf(parameters: Parameters, intervalMs: number) {
  const bucketMs = Math.max(1000, intervalMs)
  const stableBuckets = Math.max(1, Math.round(parameters.stableWindowMs! / bucketMs))
  const panicMs = parameters.stableWindowMs! * parameters.panicWindowShare!
  return { bucketMs, stableBuckets, panicBuckets: Math.max(1, Math.round(panicMs / bucketMs)) }
}

function scale(
  { parameters }: PolicyContext,
  averages: { stable: number; panic: number },
  readyReplicas: number,
  nowMs: number,
  state: KpaState,
): { replicas: number; reason: string; state: KpaState } {
  const ready = Math.max(1, readyReplicas)
  const target = Math.max(0.01, parameters.total! * parameters.utilisation!)
  const most = Math.ceil(parameters.maxUpRate! * ready)
  const fewest = Math.floor(ready / parameters.maxDownRate!)
  const bounded = (replicas: number) => Math.min(most, Math.max(fewest, replicas))
  const stable = wholeReplicas(averages.stable / target)
  const panic = wholeReplicas(averages.panic / target)
  const over = panic / ready >= parameters.panicThreshold!
  const calmed = state.panicMs !== null && state.panicMs + parameters.stableWindowMs! < nowMs
  const panicMs = over ? nowMs : calmed ? null : state.panicMs
  const said = `concurrency ${averages.stable.toFixed(2)} stable, ${averages.panic.toFixed(2)} panic`
  if (panicMs === null)
    return { replicas: bounded(stable), reason: said, state: { ...state, panicMs, panicReplicas: 0 } }
  const panicReplicas = Math.max(state.panicReplicas, bounded(stable), bounded(panic))
  return { replicas: panicReplicas, reason: `${said}, panics`, state: { ...state, panicMs, panicReplicas } }
}
