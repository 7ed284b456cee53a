import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { hpa, SELECT } from '../policies/hpa/hpa.ts'
import type { Parameters } from '../policies/policy.ts'
import { importMetric, type PlacedMetric, within } from './hpaMetric.ts'
import {
  DEFAULTS,
  FLAGS,
  type HpaPolicy,
  type MetricKind,
  POLICY_TYPES,
  SELECT_NAMES,
  SIDES,
} from './hpaYaml.ts'
import { type Fields, fieldsOf, quantityOf, remarksOnOthers, rowsOf, wholeNumberOf } from './manifest.ts'

export interface Imported extends HpaPolicy {
  policy: 'hpa'
  /** What the file says and the policy cannot, and what was assumed. */
  remarks: string[]
}

/**
 * @param metrics those of the manifest, or those that KEDA makes of its triggers.
 * @param as what metrics with a name are, where the user has said so.
 * @throws UserError where none of the metrics can be followed.
 */
export function importHpa(
  spec: { min: unknown; max: unknown; behavior: unknown; metrics: readonly PlacedMetric[] },
  given: {
    places: { min: string; max: string; behavior: string }
    annotations: Fields
    as: MetricKind | null
    earlier?: readonly string[]
  },
): Imported {
  const remarks = [...(given.earlier ?? [])]
  const behavior = importBehavior(spec.behavior, given.places.behavior, remarks)
  const flags = importFlags(given.annotations, behavior.behavior === 1, remarks)
  const metric = importMetric(spec.metrics, given.as, remarks)
  const { min, max } = importBounds(spec, given.places, remarks)
  return {
    policy: 'hpa',
    parameters: { ...DEFAULTS, ...flags, ...behavior, ...metric },
    min,
    max,
    remarks,
  }
}

/** A manifest of kind HorizontalPodAutoscaler. @throws UserError for another version, or what Kubernetes would refuse. */
export function importAutoscaler(manifest: Fields, as: MetricKind | null): Imported {
  if (manifest.apiVersion !== 'autoscaling/v2') {
    throw badInput({
      place: 'apiVersion',
      value: manifest.apiVersion,
      expected: 'autoscaling/v2',
      remedy: 'kubectl get hpa NAME -o yaml prints this version',
    })
  }
  const spec = fieldsOf(manifest.spec, 'spec')
  const metrics = rowsOf(spec.metrics, 'spec.metrics') ?? []
  const imported = importHpa(
    {
      min: spec.minReplicas,
      max: spec.maxReplicas,
      behavior: spec.behavior,
      metrics: (metrics.length > 0 ? metrics : [DEFAULT_METRIC]).map((row, i) => ({
        place: `spec.metrics[${i}]`,
        metric: fieldsOf(row, `spec.metrics[${i}]`),
      })),
    },
    {
      places: { min: 'spec.minReplicas', max: 'spec.maxReplicas', behavior: 'spec.behavior' },
      annotations: fieldsOf(fieldsOf(manifest.metadata, 'metadata').annotations, 'metadata.annotations'),
      as,
    },
  )
  const known = ['minReplicas', 'maxReplicas', 'behavior', 'metrics']
  const others = remarksOnOthers(spec, known, 'spec', {
    scaleTargetRef: 'what is scaled here is the simulated service',
  })
  return { ...imported, remarks: [...imported.remarks, ...others] }
}

/** What the API takes where there is none. */
const DEFAULT_METRIC = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
}

/** Bounds of this program are 1 to 1000. */
function importBounds(
  spec: { min: unknown; max: unknown },
  places: { min: string; max: string },
  remarks: string[],
): { min: number; max: number } {
  const all = { min: 0, max: 2 ** 31 - 1 }
  const wantedMin = wholeNumberOf(spec.min ?? 1, places.min, all)
  const wantedMax = wholeNumberOf(spec.max, places.max, { ...all, min: Math.max(1, wantedMin) })
  const min = Math.min(1000, Math.max(1, wantedMin))
  const max = Math.min(1000, wantedMax)
  if (wantedMin < 1)
    remarks.push(`${places.min} is 0: at least one replica stays here, none is never reached`)
  if (min < wantedMin) remarks.push(`${places.min} is ${wantedMin}: taken as ${min}, the most here`)
  if (max < wantedMax) remarks.push(`${places.max} is ${wantedMax}: taken as ${max}, the most here`)
  return { min, max }
}

function importFlags(annotations: Fields, hasBehavior: boolean, remarks: string[]): Parameters {
  const place = (name: string) => `metadata.annotations[${JSON.stringify(name)}]`
  const flags: Record<string, number> = {}
  if (annotations[FLAGS.sync] === undefined)
    remarks.push(
      'the sync period is a flag of the cluster (--horizontal-pod-autoscaler-sync-period): 15 s assumed',
    )
  else
    flags.syncPeriodMs = within(
      'syncPeriodMs',
      parseDuration(annotations[FLAGS.sync], place(FLAGS.sync)),
      place(FLAGS.sync),
    )
  if (hasBehavior) return flags
  if (annotations[FLAGS.tolerance] !== undefined) {
    const tolerance = quantityOf(annotations[FLAGS.tolerance], place(FLAGS.tolerance))
    flags.toleranceUp = within('toleranceUp', tolerance, place(FLAGS.tolerance))
    flags.toleranceDown = flags.toleranceUp
  }
  if (annotations[FLAGS.stabilisation] !== undefined) {
    const windowMs = parseDuration(annotations[FLAGS.stabilisation], place(FLAGS.stabilisation))
    flags.downWindowMs = within('downWindowMs', windowMs, place(FLAGS.stabilisation))
  }
  return flags
}

/** A `behavior` that is there at all, even an empty one, gets the API's defaults and takes the newer path. */
function importBehavior(value: unknown, place: string, remarks: string[]): Parameters {
  if (value === undefined || value === null) return { behavior: 0 }
  const behavior = fieldsOf(value, place)
  remarks.push(
    ...remarksOnOthers(
      behavior,
      SIDES.map(({ key }) => key),
      place,
    ),
  )
  const sides = SIDES.map(({ side, key }) => importRules(side, behavior[key], `${place}.${key}`, remarks))
  return Object.assign({ behavior: 1 }, ...sides)
}

function importRules(side: 'up' | 'down', value: unknown, place: string, remarks: string[]): Parameters {
  const rules = fieldsOf(value, place)
  const known = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance']
  remarks.push(...remarksOnOthers(rules, known, place))
  const found: Record<string, number> = {}
  const { stabilizationWindowSeconds: window, selectPolicy = 'Max', tolerance } = rules
  if (window !== undefined) {
    const seconds = wholeNumberOf(window, `${place}.stabilizationWindowSeconds`, { min: 0, max: 3600 })
    found[`${side}WindowMs`] = 1000 * seconds
  }
  if (tolerance !== undefined) {
    const name = side === 'up' ? 'toleranceUp' : 'toleranceDown'
    found[name] = within(name, quantityOf(tolerance, `${place}.tolerance`), `${place}.tolerance`)
  }
  const select = SELECT.findIndex((choice) => SELECT_NAMES[choice] === selectPolicy)
  if (select < 0)
    throw badInput({ place: `${place}.selectPolicy`, value: selectPolicy, expected: 'Max, Min or Disabled' })
  found[`${side}Select`] = select
  return { ...found, ...importPolicies(side, rules.policies, `${place}.policies`, remarks) }
}

function importPolicies(side: 'up' | 'down', value: unknown, place: string, remarks: string[]): Parameters {
  const policies = rowsOf(value, place)
  if (policies === null) return {}
  if (policies.length === 0) throw badInput({ place, value, expected: 'at least one policy, or no such key' })
  const found: Record<string, number> = {}
  policies.forEach((row, i) => {
    const at = `${place}[${i}]`
    const policy = fieldsOf(row, at)
    const kind = POLICY_TYPES.find((type) => type === policy.type)
    if (!kind) throw badInput({ place: `${at}.type`, value: policy.type, expected: 'Pods or Percent' })
    remarks.push(...remarksOnOthers(policy, ['type', 'value', 'periodSeconds'], at))
    const name = `${side}${kind}`
    if (name in found) {
      remarks.push(`${at} is left out: the policy has one rule of type ${kind} in each direction`)
      return
    }
    const amount = wholeNumberOf(policy.value, `${at}.value`, { min: 1, max: 2 ** 31 - 1 })
    const most = hpa.parameters[name]!.max
    if (amount > most) remarks.push(`${at}.value is ${amount}: taken as ${most}, the most here`)
    found[name] = Math.min(most, amount)
    found[`${name}PeriodMs`] =
      1000 * wholeNumberOf(policy.periodSeconds, `${at}.periodSeconds`, { min: 1, max: 1800 })
  })
  return { [`${side}Pods`]: 0, [`${side}Percent`]: 0, ...found }
}
