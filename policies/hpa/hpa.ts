import { hold } from '../decision.ts'
import type { Observation, Parameters, Policy, PolicyContext } from '../policy.ts'
import { duration, integer } from '../specs.ts'
import {
  type Behavior,
  normaliseWithBehavior,
  normaliseWithoutBehavior,
  noteChange,
  type ScalingHistory,
  type ScalingRules,
  startHistory,
} from './behavior.ts'
import { averageValueReplicas, type Pod, type Proposal, utilisationReplicas } from './replicas.ts'

/** `syncs` counts the sync periods that have passed; `history` is null before the first sync. */
export interface HpaState {
  syncs: number
  history: ScalingHistory | null
}

/** What the numbers of the parameters `metric`, `upSelect` and `downSelect` mean. */
export const METRICS = ['utilisation', 'inFlight', 'requests'] as const
export const SELECT = ['max', 'min', 'disabled'] as const

/** Kubernetes' resources are counted in these: a core, a request and the like are 1000. */
const MILLI = 1000

/**
 * Kubernetes' HorizontalPodAutoscaler, v2: step A (replicas.ts) turns the metric into a proposal, step B
 * (behavior.ts) into a target. It acts at the multiples of its sync period and holds in between, so the tick's length
 * does not matter where it divides the period; elsewhere it acts at the first tick after each multiple.
 *
 * What it sees. The original looks at pods one by one, an observation has no such data; but step A only uses sums, so
 *
 *     ready replica       a running pod with the mean utilisation as its sample (milli-units of a request of 1000)
 *     starting replica    a pending pod: unready, without a sample
 *     draining replica    a terminating pod: ignored
 *     utilisation null    no sample at all: no proposal, hold
 *
 * Utilisation is that of servers, not of CPUs, and counts only what was in rotation: the rules for the samples of young
 * pods (`CpuReadiness`) have nothing to act on here. `inFlight` is what is inside the proxy now, at a server or in its
 * queue; `requests` the rate of arrivals. Both are taken as KEDA hands them over, a sum with a target a replica;
 * n is the controller's target, since Kubernetes counts a crashed pod too.
 *
 * Defaults are those of kube-controller-manager and of the API. The targets of `inFlight` and `requests` have none
 * there. A rule of value 0 is absent; a direction with no rule left is disabled.
 */
export const hpa: Policy<HpaState> = {
  name: 'hpa',
  summary:
    "Kubernetes' horizontal pod autoscaler, with stabilisation, rate policies and tolerances; KEDA's too",
  source: 'Kubernetes, pkg/controller/podautoscaler (v2) and pkg/apis/autoscaling/v2/defaults.go',
  parameters: {
    metric: integer(
      '0 utilisation, 1 requests inside a replica, 2 requests/s a replica',
      '1',
      { min: 0, max: 2 },
      0,
    ),
    utilisationPercent: integer('target of metric 0', '%', { min: 1, max: 100 }, 80),
    inFlight: perReplica('target of metric 1: requests at a server or queued, a replica', 'requests', 1),
    requestsPerS: perReplica('target of metric 2: arrivals a replica', '1/s', 7),
    toleranceUp: tolerance('no scaling out while usage is this little above the target'),
    toleranceDown: tolerance('no scaling in while usage is this little below the target'),
    syncPeriodMs: duration('time between two decisions', { min: 100, max: 3_600_000 }, 15_000),
    behavior: integer(
      '0 without a `behavior` (at most doubling, or to 4), 1 with the rules below',
      '1',
      { min: 0, max: 1 },
      0,
    ),
    upWindowMs: duration('scale out to the lowest proposal of this long', { min: 0, max: 3_600_000 }, 0),
    upSelect: integer('most change (0), least change (1), never scale out (2)', '1', { min: 0, max: 2 }, 0),
    upPods: integer(
      'replicas that may be added in a period; 0 for no such rule',
      'replicas',
      { min: 0, max: 1000 },
      4,
    ),
    upPodsPeriodMs: period('upPods'),
    upPercent: integer(
      'per cent that may be added in a period; 0 for no such rule',
      '%',
      { min: 0, max: 10_000 },
      100,
    ),
    upPercentPeriodMs: period('upPercent'),
    downWindowMs: duration(
      'scale in to the highest proposal of this long',
      { min: 0, max: 3_600_000 },
      300_000,
    ),
    downSelect: integer('most change (0), least change (1), never scale in (2)', '1', { min: 0, max: 2 }, 0),
    downPods: integer(
      'replicas that may go in a period; 0 for no such rule',
      'replicas',
      { min: 0, max: 1000 },
      0,
    ),
    downPodsPeriodMs: period('downPods'),
    downPercent: integer(
      'per cent that may go in a period; 0 for no such rule',
      '%',
      { min: 0, max: 100 },
      100,
    ),
    downPercentPeriodMs: period('downPercent'),
  },

  init: () => ({ syncs: 0, history: null }),

  decide(context, observation, state) {
    const { nowMs, target } = observation
    const syncs = Math.floor(nowMs / context.parameters.syncPeriodMs!)
    if (syncs <= state.syncs) return { decision: hold('between two syncs'), state }
    const history = state.history ?? startHistory(target, nowMs)
    const synced = sync(context, observation, history)
    if (synced.replicas === target)
      return { decision: hold(synced.reason), state: { syncs, history: synced.history } }
    const change = { nowMs, from: target, to: synced.replicas }
    const behavior = behaviorOf(context.parameters)
    return {
      decision: { kind: 'scale', replicas: synced.replicas, reason: synced.reason },
      state: { syncs, history: behavior ? noteChange(synced.history, behavior, change) : synced.history },
    }
  },
}

interface Synced {
  replicas: number
  reason: string
  history: ScalingHistory
}

function sync(context: PolicyContext, observation: Observation, history: ScalingHistory): Synced {
  const { parameters, replicas: bounds } = context
  const { nowMs, target: current } = observation
  const bounded = Math.min(bounds.max, Math.max(bounds.min, current))
  if (bounded !== current) return { replicas: bounded, reason: 'beyond the bounds', history }
  const proposed = propose(context, observation)
  if (proposed === null) return { replicas: current, reason: 'no samples of the metric', history }
  const wish = { nowMs, current, proposal: proposed.replicas, bounds }
  const behavior = behaviorOf(parameters)
  const reason = `ratio ${proposed.ratio.toFixed(2)} proposes ${proposed.replicas}`
  return behavior
    ? { ...normaliseWithBehavior(wish, history, behavior), reason }
    : { ...normaliseWithoutBehavior(wish, history, parameters.downWindowMs!), reason }
}

function propose({ parameters }: PolicyContext, observation: Observation): Proposal | null {
  const current = observation.target
  const tolerances = { up: parameters.toleranceUp!, down: parameters.toleranceDown! }
  const metric = METRICS[parameters.metric!]!
  if (metric === 'utilisation') {
    const targetPercent = parameters.utilisationPercent!
    return utilisationReplicas(podsOf(observation), { current, targetPercent, tolerances, cpu: null })
  }
  const amount = metric === 'inFlight' ? requestsInside(observation) : observation.arrivalsPerS
  if (amount === null) return null
  const target = milliTarget(metric === 'inFlight' ? parameters.inFlight! : parameters.requestsPerS!)
  return averageValueReplicas({ usage: Math.round(amount * MILLI), target, current, tolerances })
}

/** A quantity is a whole number of milli-units, what is finer is rounded up (`MilliValue`). */
export const milliTarget = (value: number) => Math.ceil(Number((value * MILLI).toFixed(6)))

function requestsInside({ inFlight, queued }: Observation): number | null {
  return inFlight === null || queued === null ? null : inFlight + queued
}

function podsOf({ utilisation, replicas, nowMs, windowMs }: Observation): Pod[] {
  const pod: Pod = {
    phase: 'running',
    terminating: false,
    request: MILLI,
    sample: null,
    startedMs: null,
    readiness: null,
  }
  const usage = utilisation === null ? null : Math.round(utilisation * MILLI)
  const sample = usage === null ? null : { usage, takenMs: nowMs, windowMs }
  return [
    ...Array.from({ length: replicas.ready }, () => ({ ...pod, sample })),
    ...Array.from({ length: replicas.starting }, () => ({ ...pod, phase: 'pending' as const })),
    ...Array.from({ length: replicas.draining }, () => ({ ...pod, terminating: true })),
  ]
}

function behaviorOf(parameters: Parameters): Behavior | null {
  if (parameters.behavior === 0) return null
  return { up: rulesOf(parameters, 'up'), down: rulesOf(parameters, 'down') }
}

function rulesOf(parameters: Parameters, side: 'up' | 'down'): ScalingRules {
  const policies = (['pods', 'percent'] as const)
    .map((kind) => {
      const name = `${side}${kind === 'pods' ? 'Pods' : 'Percent'}`
      return { kind, value: parameters[name]!, periodMs: parameters[`${name}PeriodMs`]! }
    })
    .filter(({ value }) => value > 0)
  return {
    windowMs: parameters[`${side}WindowMs`]!,
    select: policies.length > 0 ? SELECT[parameters[`${side}Select`]!]! : 'disabled',
    policies,
  }
}

/** Of one rule of `behavior`. */
function period(rule: string) {
  return duration(`period of ${rule}`, { min: 1000, max: 1_800_000 }, 15_000)
}

function perReplica(description: string, unit: string, value: number) {
  return { description, unit, min: 0.001, max: 1e6, default: value, scale: 'log' } as const
}

function tolerance(description: string) {
  return { description, unit: 'share', min: 0, max: 1, default: 0.1, scale: 'linear' } as const
}
