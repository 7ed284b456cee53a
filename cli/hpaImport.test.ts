import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Parameters } from '../policies/policy.ts'
import { importAutoscaler } from './hpaImport.ts'
import { DEFAULTS, type MetricKind } from './hpaYaml.ts'

const read = (text: string, as: MetricKind | null = null) => importAutoscaler(parse(text), as)

/** An autoscaler with that inside its `spec`. */
const hpaWith = (spec: string) => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 10
${spec}`
const ASSUMED = [
  'the sync period is a flag of the cluster (--horizontal-pod-autoscaler-sync-period): 15 s assumed',
  'spec.scaleTargetRef is left out: what is scaled here is the simulated service',
]

/** What differs from the policy's defaults. */
const set = (parameters: Parameters) =>
  Object.fromEntries(Object.entries(parameters).filter(([name, value]) => value !== DEFAULTS[name]))

describe('import of a HorizontalPodAutoscaler', () => {
  it('the least one: 80 % of the CPU, one replica to maxReplicas, no behavior', () => {
    const imported = read(hpaWith(''))
    expect(imported).toMatchObject({ policy: 'hpa', min: 1, max: 10, parameters: DEFAULTS })
    expect(imported.remarks.sort()).toEqual(
      [...ASSUMED, 'spec.metrics[0] is taken as busy server time over ready server time'].sort(),
    )
  })

  it('every part that the policy can express', () => {
    const imported = read(
      hpaWith(`
  minReplicas: 2
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 65}}
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 30
      selectPolicy: Min
      tolerance: "0.05"
      policies:
        - {type: Percent, value: 50, periodSeconds: 60}
        - {type: Pods, value: 2, periodSeconds: 90}
    scaleDown:
      selectPolicy: Disabled
      tolerance: 200m`),
    )
    expect(imported).toMatchObject({ min: 2, max: 10 })
    expect(set(imported.parameters)).toEqual({
      utilisationPercent: 65,
      behavior: 1,
      upWindowMs: 30_000,
      upSelect: 1,
      toleranceUp: 0.05,
      upPercent: 50,
      upPercentPeriodMs: 60_000,
      upPods: 2,
      upPodsPeriodMs: 90_000,
      downSelect: 2,
      toleranceDown: 0.2,
    })
  })

  it('an empty behavior is one with defaults; a list of policies replaces all default ones', () => {
    expect(set(read(hpaWith('  behavior: {}')).parameters)).toEqual({ behavior: 1 })
    const one = `
  behavior:
    scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}`
    expect(set(read(hpaWith(one)).parameters)).toEqual({
      behavior: 1,
      upPods: 1,
      upPodsPeriodMs: 60_000,
      upPercent: 0,
    })
  })

  it.each<[string, string, MetricKind | null, Parameters]>([
    [
      'Pods',
      'pods: {metric: {name: http_requests_in_flight}, target: {type: AverageValue, averageValue: 500m}}',
      null,
      { metric: 1, inFlight: 0.5 },
    ],
    [
      'External',
      'external: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: 2k}}',
      null,
      { metric: 2, requestsPerS: 2000 },
    ],
    [
      'Object',
      'object: {metric: {name: envoy_upstream_rq_active}, target: {type: AverageValue, averageValue: 3}}',
      null,
      { metric: 1, inFlight: 3 },
    ],
    [
      'External',
      'external: {metric: {name: my_metric}, target: {type: AverageValue, averageValue: 4}}',
      'requests',
      { metric: 2, requestsPerS: 4 },
    ],
    [
      'ContainerResource',
      'containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 50}}',
      null,
      { utilisationPercent: 50 },
    ],
  ])('%s: %s', (type, source, as, expected) => {
    expect(set(read(hpaWith(`  metrics:\n    - type: ${type}\n      ${source}`), as).parameters)).toEqual(
      expected,
    )
  })

  it('says all that it cannot express, and follows the first metric that it can', () => {
    const { parameters, remarks, min, max } = read(
      hpaWith(`
  minReplicas: 0
  surprise: 1
  metrics:
    - type: Resource
      resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}
    - type: External
      external: {metric: {name: lag}, target: {type: Value, value: 30}}
    - type: External
      external: {metric: {name: lag}, target: {type: AverageValue, averageValue: 30}}
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 150}}
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}
    - type: Resource
      resource: {name: cpu, target: {type: AverageValue, averageValue: 500m}}
  behavior:
    scaleDown:
      policies:
        - {type: Percent, value: 200, periodSeconds: 15}
        - {type: Percent, value: 10, periodSeconds: 60}`),
    )
    expect({ min, max, ...set(parameters) }).toEqual({ min: 1, max: 10, utilisationPercent: 60, behavior: 1 })
    for (const text of [
      'spec.minReplicas is 0: at least one replica stays here',
      'spec.surprise is left out',
      'spec.metrics[0] is left out: there is no memory here',
      'spec.metrics[1] is left out: a target of type Value',
      'spec.metrics[2] is left out: what "lag" counts is unknown: say it with --metric',
      'spec.metrics[3] is left out: a replica is never busy for more than 100 %',
      'spec.metrics[4] is taken as busy server time',
      'spec.metrics[5] is left out: the policy follows one metric',
      'spec.behavior.scaleDown.policies[0].value is 200: taken as 100',
      'spec.behavior.scaleDown.policies[1] is left out: the policy has one rule of type Percent',
    ])
      expect(
        remarks.filter((remark) => remark.includes(text)),
        text,
      ).toHaveLength(1)
  })

  it('says which part of a metric is left out', () => {
    const { remarks } = read(
      hpaWith(`
  metrics:
    - type: External
      external:
        metric: {name: rps, selector: {matchLabels: {app: web}}}
        target: {type: AverageValue, averageValue: 5}`),
    )
    expect(remarks.join()).toContain('spec.metrics[0].external.metric.selector is left out')
  })

  it.each<[string, string, string]>([
    [
      'no maxReplicas',
      'apiVersion: autoscaling/v2\nspec: {}',
      'spec.maxReplicas is undefined, expected a whole number from 1',
    ],
    [
      'an old version',
      'apiVersion: autoscaling/v1',
      'apiVersion is "autoscaling/v1", expected autoscaling/v2. kubectl get hpa',
    ],
    [
      'crossed bounds',
      hpaWith('  minReplicas: 11'),
      'spec.maxReplicas is 10, expected a whole number from 11',
    ],
    [
      'nothing to follow',
      hpaWith('  metrics: [{type: Resource, resource: {name: memory, target: {averageUtilization: 5}}}]'),
      'no metric that policy hpa can follow',
    ],
    [
      'an unknown kind of metric',
      hpaWith('  metrics: [{type: Moon}]'),
      'spec.metrics[0].type is "Moon", expected Resource',
    ],
    [
      'an unknown choice',
      hpaWith('  behavior: {scaleUp: {selectPolicy: Most}}'),
      'spec.behavior.scaleUp.selectPolicy is "Most", expected Max, Min or Disabled',
    ],
    [
      'no policies',
      hpaWith('  behavior: {scaleUp: {policies: []}}'),
      'spec.behavior.scaleUp.policies is [], expected at least one policy',
    ],
    [
      'a long window',
      hpaWith('  behavior: {scaleUp: {stabilizationWindowSeconds: 3601}}'),
      'stabilizationWindowSeconds is 3601, expected a whole number from 0 to 3600',
    ],
    ['a list for a mapping', hpaWith('  behavior: []'), 'spec.behavior is [], expected a mapping'],
  ])('refuses %s', (_name, text, message) => {
    expect(() => read(text)).toThrow(message)
  })
})
