import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { hpa } from '../policies/hpa/hpa.ts'
import { parametersOf } from '../policies/parameters.ts'
import type { Parameters } from '../policies/policy.ts'
import { importAutoscaler } from './hpaImport.ts'
import { DEFAULTS, exportHpa } from './hpaYaml.ts'

describe('export', () => {
  const exported = (...settings: string[]) =>
    exportHpa({ parameters: parametersOf(hpa, settings), min: 1, max: 10 }, 'web')

  it('the defaults are the least autoscaler, with 80 %', () => {
    expect(exported().manifest).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
          },
        ],
      },
    })
  })

  it('says what the cluster must have, and what is without effect', () => {
    const { remarks } = exported(
      'metric=1',
      'inFlight=0.0015',
      'syncPeriodMs=5000',
      'requestsPerS=3',
      'upPods=9',
    )
    expect(remarks).toEqual([
      'no manifest can set this: start kube-controller-manager with --horizontal-pod-autoscaler-sync-period=5000ms',
      'the cluster must provide the external metric http_requests_in_flight, summed over the service',
      'inFlight is rounded up to whole thousandths, as the policy does itself',
      'requestsPerS is left out: it has no effect with these parameters',
      'upPods is left out: it has no effect with these parameters',
    ])
  })

  it.each<[string[], string]>([
    [['toleranceUp=0.2'], 'toleranceUp is 0.2 and toleranceDown 0.1'],
    [['behavior=1', 'downWindowMs=1500'], '--set downWindowMs is 1500, expected whole seconds'],
    [['behavior=1', 'upPodsPeriodMs=1001'], '--set upPodsPeriodMs is 1001, expected whole seconds'],
    [['behavior=1', 'downPercent=0'], 'downPods and downPercent are both 0'],
  ])('refuses %j', (settings, message) => {
    expect(() => exported(...settings)).toThrow(message)
  })
})

it('what is exported as YAML is imported to the same parameters and bounds', () => {
  const seconds = (max: number, min = 0) => fc.integer({ min, max }).map((s) => 1000 * s)
  const milli = (max: number, min = 0) => fc.integer({ min, max }).map((m) => m / 1000)
  const bounds = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 }))
  const target = fc.oneof(
    fc.record({ metric: fc.constant(0), utilisationPercent: fc.integer({ min: 1, max: 100 }) }),
    fc.record({ metric: fc.constant(1), inFlight: milli(1e9, 1) }),
    fc.record({ metric: fc.constant(2), requestsPerS: milli(1e9, 1) }),
  )
  const rule = (name: string, most: number) =>
    fc.record({
      [name]: fc.integer({ min: 1, max: most }),
      [`${name}PeriodMs`]: seconds(1800, 1),
    })
  /** One rule, the other, or both; a rule of 0 has no period. */
  const rules = (side: 'up' | 'down', most: number) => {
    const pods = rule(`${side}Pods`, 1000)
    const percent = rule(`${side}Percent`, most)
    return fc.oneof(
      pods.map((found) => ({ ...found, [`${side}Percent`]: 0 })),
      percent.map((found) => ({ ...found, [`${side}Pods`]: 0 })),
      fc.tuple(pods, percent).map(([one, other]) => ({ ...one, ...other })),
    )
  }
  const plain = fc
    .record({ tolerance: milli(1000), downWindowMs: fc.integer({ min: 0, max: 3_600_000 }) })
    .map(({ tolerance, downWindowMs }) => ({
      toleranceUp: tolerance,
      toleranceDown: tolerance,
      downWindowMs,
    }))
  const behavior = fc
    .tuple(
      fc.record({
        behavior: fc.constant(1),
        toleranceUp: milli(1000),
        toleranceDown: milli(1000),
        upWindowMs: seconds(3600),
        downWindowMs: seconds(3600),
        upSelect: fc.integer({ min: 0, max: 2 }),
        downSelect: fc.integer({ min: 0, max: 2 }),
      }),
      rules('up', 10_000),
      rules('down', 100),
    )
    .map((parts) => Object.assign({}, ...parts))
  const syncPeriodMs = fc.integer({ min: 100, max: 3_600_000 })
  fc.assert(
    fc.property(
      target,
      fc.oneof(plain, behavior),
      syncPeriodMs,
      bounds,
      (metric, rest, sync, [one, other]) => {
        const parameters: Parameters = { ...DEFAULTS, ...metric, ...rest, syncPeriodMs: sync }
        const policy = { parameters, min: Math.min(one, other), max: Math.max(one, other) }
        const text = stringify(exportHpa(policy, 'web').manifest)
        const { parameters: found, min, max } = importAutoscaler(parse(text), null)
        expect({ parameters: found, min, max }).toEqual(policy)
      },
    ),
  )
})
