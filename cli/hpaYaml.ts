import { badInput, UserError } from '../base/errors.ts'
import { hpa, METRICS, milliTarget, SELECT } from '../policies/hpa/hpa.ts'
import type { Parameters } from '../policies/policy.ts'

/** What the policy `hpa` and a HorizontalPodAutoscaler (autoscaling/v2) have in common; and from the one to the other. */
export interface HpaPolicy {
  parameters: Parameters
  min: number
  max: number
}

export type MetricKind = (typeof METRICS)[number]

/** The parameter that holds each metric's target. */
export const TARGETS: Readonly<Record<MetricKind, string>> = {
  utilisation: 'utilisationPercent',
  inFlight: 'inFlight',
  requests: 'requestsPerS',
}

/** The external metrics that an export asks for. */
const METRIC_NAMES = { inFlight: 'http_requests_in_flight', requests: 'http_requests_per_second' } as const

/**
 * Flags of the cluster's controller, which no manifest can set. An export notes them as annotations, so that an import
 * finds them again; whoever applies the file must set them on kube-controller-manager.
 */
const FLAG_PREFIX = 'scaletwin/'
export const FLAGS = {
  sync: `${FLAG_PREFIX}horizontal-pod-autoscaler-sync-period`,
  tolerance: `${FLAG_PREFIX}horizontal-pod-autoscaler-tolerance`,
  stabilisation: `${FLAG_PREFIX}horizontal-pod-autoscaler-downscale-stabilization`,
} as const

export const SIDES = [
  { side: 'up', key: 'scaleUp', tolerance: 'toleranceUp' },
  { side: 'down', key: 'scaleDown', tolerance: 'toleranceDown' },
] as const
export const POLICY_TYPES = ['Pods', 'Percent'] as const
export const SELECT_NAMES = { max: 'Max', min: 'Min', disabled: 'Disabled' } as const

export const DEFAULTS: Parameters = Object.fromEntries(
  Object.entries(hpa.parameters).map(([name, spec]) => [name, spec.default]),
)

/**
 * A manifest that `importAutoscaler` reads back to the same parameters, and what the cluster must have besides it.
 * @throws UserError for what no HorizontalPodAutoscaler can express.
 */
export function exportHpa(
  { parameters, min, max }: HpaPolicy,
  name: string,
): { manifest: object; remarks: string[] } {
  const kind = METRICS[parameters.metric!]!
  const hasBehavior = parameters.behavior === 1
  const flags = hasBehavior ? syncFlag(parameters) : { ...syncFlag(parameters), ...oldFlags(parameters) }
  const manifest = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, ...(Object.keys(flags).length > 0 ? { annotations: flags } : {}) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [metricOf(kind, parameters)],
      ...(hasBehavior ? { behavior: behaviorOf(parameters) } : {}),
    },
  }
  return {
    manifest,
    remarks: [...flagRemarks(flags), ...metricRemarks(kind, parameters), ...unused(kind, parameters)],
  }
}

const differs = (parameters: Parameters, name: string) => parameters[name] !== DEFAULTS[name]

function syncFlag(parameters: Parameters): Record<string, string> {
  return differs(parameters, 'syncPeriodMs') ? { [FLAGS.sync]: `${parameters.syncPeriodMs}ms` } : {}
}

/** Without a behavior tolerance and stabilisation are flags too, and there is one tolerance for both directions. */
function oldFlags(parameters: Parameters): Record<string, string> {
  const { toleranceUp, toleranceDown } = parameters
  if (toleranceUp !== toleranceDown) {
    throw new UserError(
      `toleranceUp is ${toleranceUp} and toleranceDown ${toleranceDown}: without a behavior there is one tolerance. Set behavior=1, or both to the same`,
    )
  }
  return {
    ...(differs(parameters, 'toleranceUp') ? { [FLAGS.tolerance]: String(toleranceUp) } : {}),
    ...(differs(parameters, 'downWindowMs') ? { [FLAGS.stabilisation]: `${parameters.downWindowMs}ms` } : {}),
  }
}

function metricOf(kind: MetricKind, parameters: Parameters): object {
  if (kind === 'utilisation') {
    const target = { type: 'Utilization', averageUtilization: parameters.utilisationPercent }
    return { type: 'Resource', resource: { name: 'cpu', target } }
  }
  const milli = milliTarget(parameters[TARGETS[kind]]!)
  const averageValue = milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`
  const target = { type: 'AverageValue', averageValue }
  return { type: 'External', external: { metric: { name: METRIC_NAMES[kind] }, target } }
}

function behaviorOf(parameters: Parameters): object {
  return Object.fromEntries(
    SIDES.map(({ side, key, tolerance }) => [
      key,
      {
        stabilizationWindowSeconds: wholeSeconds(parameters, `${side}WindowMs`),
        selectPolicy: SELECT_NAMES[SELECT[parameters[`${side}Select`]!]!],
        policies: policiesOf(parameters, side),
        ...(differs(parameters, tolerance) ? { tolerance: String(parameters[tolerance]) } : {}),
      },
    ]),
  )
}

function policiesOf(parameters: Parameters, side: 'up' | 'down'): object[] {
  const policies = POLICY_TYPES.filter((type) => parameters[`${side}${type}`]! > 0).map((type) => ({
    type,
    value: parameters[`${side}${type}`],
    periodSeconds: wholeSeconds(parameters, `${side}${type}PeriodMs`),
  }))
  if (policies.length > 0) return policies
  throw new UserError(
    `${side}Pods and ${side}Percent are both 0: Kubernetes wants at least one rule. To never scale that way set ${side}Select=2, and one of them to 1`,
  )
}

function wholeSeconds(parameters: Parameters, name: string): number {
  const ms = parameters[name]!
  if (ms % 1000 === 0) return ms / 1000
  throw badInput({ place: `--set ${name}`, value: ms, expected: 'whole seconds, as in Kubernetes' })
}

function flagRemarks(flags: Record<string, string>): string[] {
  return Object.entries(flags).map(
    ([flag, value]) =>
      `no manifest can set this: start kube-controller-manager with --${flag.slice(FLAG_PREFIX.length)}=${value}`,
  )
}

function metricRemarks(kind: MetricKind, parameters: Parameters): string[] {
  if (kind === 'utilisation')
    return ['the policy takes busy server time, Kubernetes CPU time as a share of what the pods request']
  const name = TARGETS[kind]
  const exact = milliTarget(parameters[name]!) === Number((1000 * parameters[name]!).toFixed(6))
  return [
    `the cluster must provide the external metric ${METRIC_NAMES[kind]}, summed over the service`,
    ...(exact ? [] : [`${name} is rounded up to whole thousandths, as the policy does itself`]),
  ]
}

/** Set, but without effect: an import cannot find them again. */
function unused(kind: MetricKind, parameters: Parameters): string[] {
  const others = Object.entries(TARGETS).filter(([other]) => other !== kind)
  const names = others.map(([, target]) => target)
  if (parameters.behavior === 0)
    names.push(...Object.keys(DEFAULTS).filter((name) => /^(up|down)/.test(name) && name !== 'downWindowMs'))
  else
    for (const { side } of SIDES)
      for (const type of POLICY_TYPES)
        if (parameters[`${side}${type}`] === 0) names.push(`${side}${type}PeriodMs`)
  return names
    .filter((name) => differs(parameters, name))
    .map((name) => `${name} is left out: it has no effect with these parameters`)
}
