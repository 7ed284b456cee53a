/**
 * ScaleTwin's simulator as a library.
 *
 *     import { simulate } from 'scaletwin'
 *     const { metrics } = await simulate({ policy: 'pid', trace: 'spike', set: { kp: 0.9 } })
 *     console.log(metrics.violationShare)        // { mean, lo, hi }: a further run falls into lo .. hi with 90 %
 */

export type { PredictionInterval } from './analysis/interval.ts'
export { METRICS, type MetricName, type Metrics } from './analysis/metrics.ts'
export type { Summary } from './analysis/summary.ts'
export { UserError } from './base/errors.ts'
export type {
  Decision,
  Knowledge,
  Observation,
  ParameterSpec,
  Policy,
  PolicyContext,
} from './policies/policy.ts'
export type {
  ClientRetries,
  ControlSettings,
  HealthChecks,
  ReplicaEvent,
  RequestTable,
  RunRecord,
  ServiceSettings,
  TickRow,
} from './record/schema.ts'
export type { Distribution } from './sim/distribution.ts'
export { type SimulateOptions, type SimulateResult, simulate, type TraceJson } from './sim/library.ts'
export type { Model } from './sim/model.ts'
