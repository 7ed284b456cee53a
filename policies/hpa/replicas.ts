/**
 * Step A of the horizontal pod autoscaler: how many replicas one metric proposes. Amounts are whole milli-units
 * (1000 is one core, one request), as in the original, which divides integers: 54.9 % counts as 54 %.
 *
 * Source: kubernetes, pkg/controller/podautoscaler/replica_calculator.go and metrics/utilization.go.
 */

/** A pod as the API and the metrics server show it. */
export interface Pod {
  phase: 'pending' | 'running' | 'ended'
  /** Its deletion was asked for. */
  terminating: boolean
  /** What it asked for of the resource, milli-units. */
  request: number
  /** Null where the metrics server has none: the pod is missing, which is not the same as idle. */
  sample: { usage: number; takenMs: number; windowMs: number } | null
  startedMs: number | null
  /** The Ready condition and when it last changed; null before there is one. */
  readiness: { ready: boolean; sinceMs: number } | null
}

/** How far usage may be from the target without a change: 0.1 each way unless the cluster says otherwise. */
export interface Tolerances {
  down: number
  up: number
}

/** For the CPU alone: when the sample of a young pod counts. Defaults of the controller: 5 min and 30 s. */
export interface CpuReadiness {
  nowMs: number
  initialisationMs: number
  readinessDelayMs: number
}

/** `ratio` is measured usage over its target, from the samples that there are, before any are filled in. */
export interface Proposal {
  replicas: number
  ratio: number
}

export interface PodGroups {
  /** With a sample that counts. */
  ready: Pod[]
  unready: Pod[]
  missing: Pod[]
  ignored: Pod[]
}

/** @param cpu null for any other resource: then whoever runs and has a sample counts as ready. */
export function groupPods(pods: readonly Pod[], cpu: CpuReadiness | null): PodGroups {
  const groups: PodGroups = { ready: [], unready: [], missing: [], ignored: [] }
  for (const pod of pods) groups[groupOf(pod, cpu)].push(pod)
  return groups
}

function groupOf(pod: Pod, cpu: CpuReadiness | null): keyof PodGroups {
  if (pod.terminating || pod.phase === 'ended') return 'ignored'
  if (pod.phase === 'pending') return 'unready'
  if (pod.sample === null) return 'missing'
  return cpu !== null && isYoung(pod, pod.sample, cpu) ? 'unready' : 'ready'
}

function isYoung(pod: Pod, sample: NonNullable<Pod['sample']>, cpu: CpuReadiness): boolean {
  const { startedMs, readiness } = pod
  if (startedMs === null || readiness === null) return true
  if (startedMs + cpu.initialisationMs > cpu.nowMs)
    return !readiness.ready || sample.takenMs < readiness.sinceMs + sample.windowMs
  return !readiness.ready && startedMs + cpu.readinessDelayMs > readiness.sinceMs
}

/**
 * Resource metric with a target of utilisation:
 *
 *     u = trunc(100 sum usage / sum request)     per cent
 *     ratio = u / target,  proposal = ceil(ratio R)     R the pods that are ready, not the replicas asked for
 *
 * A missing pod counts as max(100, target) per cent of its request where the ratio says down, as 0 where it says up.
 * @returns null where no sample counts: unknown, so no scaling.
 */
export function utilisationReplicas(
  pods: readonly Pod[],
  given: { current: number; targetPercent: number; tolerances: Tolerances; cpu: CpuReadiness | null },
): Proposal | null {
  const { targetPercent } = given
  return podMetricReplicas(groupPods(pods, given.cpu), given, {
    ratio(pods) {
      const request = sum(pods.map((pod) => pod.request))
      return request > 0
        ? Math.trunc((100 * sum(pods.map(({ usage }) => usage))) / request) / targetPercent
        : null
    },
    missingUsage: ({ request }) => Math.trunc((request * Math.max(100, targetPercent)) / 100),
  })
}

/**
 * Resource or pods metric with a target of usage a pod: ratio = trunc(sum usage / pods) / target. A missing pod
 * counts as exactly at the target where the ratio says down.
 */
export function averageReplicas(
  pods: readonly Pod[],
  given: { current: number; target: number; tolerances: Tolerances; cpu: CpuReadiness | null },
): Proposal | null {
  const { target } = given
  return podMetricReplicas(groupPods(pods, given.cpu), given, {
    ratio: (pods) => Math.trunc(sum(pods.map(({ usage }) => usage)) / pods.length) / target,
    missingUsage: () => target,
  })
}

interface Counted {
  usage: number
  request: number
}

interface PodMetric {
  /** Usage over target; null where it has no meaning. */
  ratio(pods: readonly Counted[]): number | null
  missingUsage(pod: Pod): number
}

/** Missing and unready pods are filled in so that they damp a change and never cause one. */
function podMetricReplicas(
  groups: PodGroups,
  { current, tolerances }: { current: number; tolerances: Tolerances },
  metric: PodMetric,
): Proposal | null {
  const ready = groups.ready.map((pod) => ({ usage: pod.sample!.usage, request: pod.request }))
  const ratio = ready.length > 0 ? metric.ratio(ready) : null
  if (ratio === null) return null
  const unready = ratio > 1 ? groups.unready : []
  if (unready.length === 0 && groups.missing.length === 0) {
    return { ratio, replicas: isWithin(ratio, tolerances) ? current : Math.ceil(ratio * ready.length) }
  }
  const missing = ratio === 1 ? [] : groups.missing
  const filled = [
    ...ready,
    ...missing.map((pod) => ({ usage: ratio < 1 ? metric.missingUsage(pod) : 0, request: pod.request })),
    ...unready.map(({ request }) => ({ usage: 0, request })),
  ]
  return {
    ratio,
    replicas: refilledReplicas(ratio, metric.ratio(filled)!, filled.length, current, tolerances),
  }
}

function refilledReplicas(
  before: number,
  after: number,
  pods: number,
  current: number,
  tolerances: Tolerances,
): number {
  const flipped = (before < 1 && after > 1) || (before > 1 && after < 1)
  if (flipped || isWithin(after, tolerances)) return current
  const replicas = Math.ceil(after * pods)
  const against = after < 1 ? replicas > current : replicas < current
  return against ? current : replicas
}

/**
 * Object or external metric with a target value for the whole service: ratio = usage / target,
 * proposal = ceil(ratio x pods that run and are ready); with no replicas at all ceil(ratio).
 */
export function valueReplicas(given: {
  usage: number
  target: number
  current: number
  ready: number
  tolerances: Tolerances
}): Proposal {
  const ratio = given.usage / given.target
  if (given.current === 0) return { ratio, replicas: Math.ceil(ratio) }
  return {
    ratio,
    replicas: isWithin(ratio, given.tolerances) ? given.current : Math.ceil(ratio * given.ready),
  }
}

/** Object or external metric with a target value a replica, KEDA's form: ceil(usage / target) outside the tolerance. */
export function averageValueReplicas(given: {
  usage: number
  target: number
  current: number
  tolerances: Tolerances
}): Proposal {
  const ratio = given.usage / (given.target * given.current)
  return {
    ratio,
    replicas: isWithin(ratio, given.tolerances) ? given.current : Math.ceil(given.usage / given.target),
  }
}

/** Both edges belong to it. */
function isWithin(ratio: number, { down, up }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
