import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Parameters } from '../policies/policy.ts'
import { DEFAULTS } from './hpaYaml.ts'
import { importScaledObject } from './kedaYaml.ts'

const keda = (text: string) => importScaledObject(parse(text), null)

/** What differs from the policy's defaults. */
const set = (parameters: Parameters) =>
  Object.fromEntries(Object.entries(parameters).filter(([name, value]) => value !== DEFAULTS[name]))

describe('import of a KEDA ScaledObject', () => {
  const scaled = (spec: string) => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web}
spec:
  scaleTargetRef: {name: web}
${spec}`

  it('a Prometheus rate, with what only counts around zero and a behavior', () => {
    const { parameters, min, max, remarks } = keda(
      scaled(`
  pollingInterval: 15
  cooldownPeriod: 60
  minReplicaCount: 2
  maxReplicaCount: 30
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown: {stabilizationWindowSeconds: 120}
  triggers:
    - type: kafka
      metadata: {lagThreshold: "5"}
    - type: prometheus
      metadata:
        serverAddress: http://prometheus:9090
        query: sum(rate(http_requests_total{app="web"}[1m]))
        threshold: "12.5"
        activationThreshold: "1"`),
    )
    expect({ min, max, ...set(parameters) }).toEqual({
      min: 2,
      max: 30,
      metric: 2,
      requestsPerS: 12.5,
      behavior: 1,
      downWindowMs: 120_000,
    })
    for (const text of [
      'spec.pollingInterval is left out: it counts only between none and one',
      'spec.cooldownPeriod is left out',
      'spec.triggers[0] is left out: a trigger of type kafka',
      'spec.triggers[1].metadata.activationThreshold is left out',
      "spec.triggers[1] is taken as the service's arrivals per second",
    ])
      expect(
        remarks.filter((remark) => remark.includes(text)),
        text,
      ).toHaveLength(1)
  })

  it('a CPU trigger in the old and the new form; 0 to 100 replicas, of which one is the least', () => {
    for (const trigger of [
      '{type: cpu, metricType: Utilization, metadata: {value: "60"}}',
      '{type: cpu, metadata: {type: Utilization, value: "60"}}',
    ]) {
      const { parameters, min, max, remarks } = keda(scaled(`  triggers: [${trigger}]`))
      expect({ min, max, ...set(parameters) }).toEqual({ min: 1, max: 100, utilisationPercent: 60 })
      expect(remarks.join()).toContain('spec.minReplicaCount is 0')
    }
  })

  it('refuses one with nothing to follow, and says what there was', () => {
    const cron = scaled('  triggers: [{type: cron, metadata: {desiredReplicas: "3"}}]')
    expect(() => keda(cron)).toThrow(/no metric that policy hpa can follow.*a trigger of type cron/)
  })

  it('says where a broken target stands, and that a pause is left out', () => {
    const broken = (trigger: string) => () => keda(scaled(`  triggers: [${trigger}]`))
    expect(broken('{type: cpu, metadata: {value: much}}')).toThrow('spec.triggers[0].metadata.value is')
    expect(broken('{type: prometheus, metadata: {query: rps, threshold: much}}')).toThrow(
      'spec.triggers[0].metadata.threshold is "much"',
    )
    const paused = scaled('  triggers: [{type: cpu, metadata: {value: "60"}}]').replace(
      '{name: web}',
      '{name: web, annotations: {autoscaling.keda.sh/paused: "true"}}',
    )
    expect(keda(paused).remarks.join()).toContain('the policy is never paused')
  })
})
