import { badInput } from '../base/errors.ts'
import { type Imported, importHpa } from './hpaImport.ts'
import type { PlacedMetric } from './hpaMetric.ts'
import type { MetricKind } from './hpaYaml.ts'
import { type Fields, fieldsOf, remarksOnOthers, rowsOf } from './manifest.ts'

const FROM_ZERO = 'it counts only between none and one replica, and here is always one'
const WHY: Readonly<Record<string, string>> = {
  scaleTargetRef: 'what is scaled here is the simulated service',
  pollingInterval: FROM_ZERO,
  cooldownPeriod: FROM_ZERO,
  initialCooldownPeriod: FROM_ZERO,
  idleReplicaCount: FROM_ZERO,
  activationThreshold: FROM_ZERO,
  activationTargetValue: FROM_ZERO,
  fallback: 'where the metric is unknown the policy holds',
  name: 'names do not matter here',
}

/** Triggers with a target a replica: where it stands, and what says which metric it is. */
const EXTERNAL: Readonly<
  Record<string, { target: string; names: readonly string[]; quiet: readonly string[] }>
> = {
  prometheus: { target: 'threshold', names: ['query', 'metricName'], quiet: ['serverAddress', 'namespace'] },
  'metrics-api': { target: 'targetValue', names: ['valueLocation'], quiet: ['url'] },
}

/**
 * A KEDA ScaledObject, as the HorizontalPodAutoscaler that KEDA makes of it: from one replica on that one alone decides.
 *
 * Source: KEDA documentation, "ScaledObject specification"; KEDA's defaults are 0 and 100 replicas.
 */
export function importScaledObject(manifest: Fields, as: MetricKind | null): Imported {
  const spec = fieldsOf(manifest.spec, 'spec')
  const annotations = fieldsOf(fieldsOf(manifest.metadata, 'metadata').annotations, 'metadata.annotations')
  const advanced = fieldsOf(spec.advanced, 'spec.advanced')
  const place = 'spec.advanced.horizontalPodAutoscalerConfig'
  const config = fieldsOf(advanced.horizontalPodAutoscalerConfig, place)
  const triggers = (rowsOf(spec.triggers, 'spec.triggers') ?? []).map((row, i) =>
    readTrigger(fieldsOf(row, `spec.triggers[${i}]`), `spec.triggers[${i}]`),
  )
  const imported = importHpa(
    {
      min: spec.minReplicaCount ?? 0,
      max: spec.maxReplicaCount ?? 100,
      behavior: config.behavior,
      metrics: triggers.flatMap(({ metric }) => (metric ? [metric] : [])),
    },
    {
      places: { min: 'spec.minReplicaCount', max: 'spec.maxReplicaCount', behavior: `${place}.behavior` },
      annotations,
      as,
      earlier: triggers.flatMap(({ remarks }) => remarks),
    },
  )
  const known = ['minReplicaCount', 'maxReplicaCount', 'advanced', 'triggers']
  return {
    ...imported,
    remarks: [
      ...imported.remarks,
      ...pausedRemark(annotations),
      ...remarksOnOthers(spec, known, 'spec', WHY),
      ...remarksOnOthers(advanced, ['horizontalPodAutoscalerConfig'], 'spec.advanced', WHY),
      ...remarksOnOthers(config, ['behavior'], place, WHY),
    ],
  }
}

function pausedRemark(annotations: Fields): string[] {
  return Object.keys(annotations)
    .filter((name) => name.startsWith('autoscaling.keda.sh/paused'))
    .map((name) => `metadata.annotations[${JSON.stringify(name)}] is left out: the policy is never paused`)
}

interface Trigger {
  metric: PlacedMetric | null
  remarks: string[]
}

function readTrigger(trigger: Fields, place: string): Trigger {
  const metadata = fieldsOf(trigger.metadata, `${place}.metadata`)
  const { type } = trigger
  if (typeof type !== 'string')
    throw badInput({ place: `${place}.type`, value: type, expected: 'the type of a trigger, such as cpu' })
  const remarks = remarksOnOthers(trigger, ['type', 'metadata', 'metricType'], place, WHY)
  if (type === 'cpu' || type === 'memory') {
    const target = resourceTarget(trigger, metadata)
    return {
      metric: {
        place,
        targetPlace: `${place}.metadata.value`,
        metric: { type: 'Resource', resource: { name: type, target } },
      },
      remarks: [...remarks, ...remarksOnOthers(metadata, ['type', 'value'], `${place}.metadata`, WHY)],
    }
  }
  const external = Object.hasOwn(EXTERNAL, type) ? EXTERNAL[type] : undefined
  if (!external) {
    return {
      metric: null,
      remarks: [...remarks, `${place} is left out: a trigger of type ${type} has no counterpart here`],
    }
  }
  const name = external.names.map((key) => metadata[key]).find((value) => value !== undefined)
  const amount = metadata[external.target]
  const target = trigger.metricType === 'Value' ? { value: amount } : { averageValue: amount }
  const known = [external.target, ...external.names, ...external.quiet]
  return {
    metric: {
      place,
      targetPlace: `${place}.metadata.${external.target}`,
      metric: { type: 'External', external: { metric: { name }, target } },
    },
    remarks: [...remarks, ...remarksOnOthers(metadata, known, `${place}.metadata`, WHY)],
  }
}

/** The number in a text; anything else as it is, for the message. */
const numberIn = (value: unknown) =>
  typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value

/** KEDA's values are texts; a trigger's kind of target stood in `metadata.type` before 2.14. */
function resourceTarget(trigger: Fields, metadata: Fields): Fields {
  const kind = trigger.metricType ?? metadata.type ?? 'Utilization'
  return kind === 'Utilization'
    ? { averageUtilization: numberIn(metadata.value) }
    : { averageValue: metadata.value }
}
