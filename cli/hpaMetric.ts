import { badInput, UserError } from '../base/errors.ts'
import { hpa, METRICS } from '../policies/hpa/hpa.ts'
import type { Parameters } from '../policies/policy.ts'
import { type MetricKind, TARGETS } from './hpaYaml.ts'
import { type Fields, fieldsOf, quantityOf, remarksOnOthers, wholeNumberOf } from './manifest.ts'

/** A metric of the manifest, and where it and its target stand in the file. */
export interface PlacedMetric {
  place: string
  /** Where the target's amount stands, for KEDA, whose triggers are not written as metrics. */
  targetPlace?: string
  metric: Fields
}

/** The first metric that can be followed; Kubernetes follows all, and takes the largest proposal. */
export function importMetric(
  metrics: readonly PlacedMetric[],
  as: MetricKind | null,
  remarks: string[],
): Parameters {
  let found: Parameters | null = null
  for (const placed of metrics) {
    const { place } = placed
    if (found) {
      remarks.push(
        `${place} is left out: the policy follows one metric, Kubernetes the largest proposal of all`,
      )
    } else {
      const read = readMetric(placed, as)
      if ('why' in read) remarks.push(`${place} is left out: ${read.why}`)
      else {
        found = { metric: METRICS.indexOf(read.kind), [TARGETS[read.kind]]: read.target }
        remarks.push(`${place} is taken as ${read.meaning}`, ...read.others)
      }
    }
  }
  if (found) return found
  throw new UserError(
    `there is no metric that policy hpa can follow: the CPU's utilisation, or requests in flight or per second with an averageValue.${remarks.map((text) => ` ${text}.`).join('')}`,
  )
}

type ReadMetric =
  | { kind: MetricKind; target: number; meaning: string; others: readonly string[] }
  | { why: string }

const SOURCES: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
}

function readMetric({ place, targetPlace, metric }: PlacedMetric, as: MetricKind | null): ReadMetric {
  const { type } = metric
  const key = typeof type === 'string' && Object.hasOwn(SOURCES, type) ? SOURCES[type] : undefined
  if (!key)
    throw badInput({
      place: `${place}.type`,
      value: metric.type,
      expected: Object.keys(SOURCES).join(', '),
    })
  const at = `${place}.${key}`
  const source = fieldsOf(metric[key], at)
  const target = fieldsOf(source.target, `${at}.target`)
  if (key === 'resource' || key === 'containerResource') {
    return readResource(source, target, {
      source: at,
      target: targetPlace ?? `${at}.target.averageUtilization`,
    })
  }
  return readNamed(source, target, { source: at, target: targetPlace ?? `${at}.target.averageValue` }, as)
}

interface Places {
  source: string
  target: string
}

function readNamed(source: Fields, target: Fields, places: Places, as: MetricKind | null): ReadMetric {
  const metric = fieldsOf(source.metric, `${places.source}.metric`)
  const name = JSON.stringify(metric.name ?? '')
  if (target.averageValue === undefined) return { why: 'a target of type Value has no counterpart here' }
  const kind = as ?? kindOf(name)
  if (kind === null) return { why: `what ${name} counts is unknown: say it with --metric` }
  return {
    kind,
    target: within(TARGETS[kind], quantityOf(target.averageValue, places.target), places.target),
    meaning: `the service's ${MEANINGS[kind]}: ${name}`,
    others: [
      ...remarksOnOthers(source, ['metric', 'target'], places.source),
      ...remarksOnOthers(metric, ['name'], `${places.source}.metric`),
    ],
  }
}

const MEANINGS: Readonly<Record<MetricKind, string>> = {
  utilisation: 'busy server time over ready server time',
  inFlight: 'requests at a server or queued',
  requests: 'arrivals per second',
}

function readResource(source: Fields, target: Fields, places: Places): ReadMetric {
  if (source.name !== 'cpu') return { why: `there is no ${source.name} here` }
  if (target.averageUtilization === undefined) return { why: 'CPU in cores has no counterpart here' }
  const percent = wholeNumberOf(target.averageUtilization, places.target, { min: 1, max: 2 ** 31 - 1 })
  if (percent > 100) return { why: 'a replica is never busy for more than 100 % of the time' }
  const others = remarksOnOthers(source, ['name', 'target'], places.source)
  return { kind: 'utilisation', target: percent, meaning: MEANINGS.utilisation, others }
}

/** By the name, or by the query that stands for one. */
function kindOf(name: string): MetricKind | null {
  if (/in.?flight|concurren|outstanding|active|pending|waiting|queue/i.test(name)) return 'inFlight'
  return /per_?s(ec|$)|rate\(|rps|qps|requests/i.test(name) ? 'requests' : null
}

/** A value that the policy's parameter can take. @throws UserError otherwise. */
export function within(name: string, value: number, place: string): number {
  const { min, max } = hpa.parameters[name]!
  if (value >= min && value <= max) return value
  throw badInput({ place, value, expected: `${min} to ${max} (${name} of policy hpa)` })
}
