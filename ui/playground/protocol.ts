import type { Metrics } from '../../analysis/metrics.ts'
import type { SlaWindow } from '../../analysis/violations.ts'
import type { Knowledge } from '../../policies/policy.ts'
import type { Model } from '../../sim/model.ts'
import type { OpenTrace } from '../../traces/trace.ts'
import type { Point } from '../charts/panel.ts'
import type { Setting } from './setting.ts'

/** What the server gives the page at first: the shipped model and traces, read and checked. */
export interface Data {
  model: Model
  traces: { trace: OpenTrace; knowledge: Knowledge }[]
}

/** One run of one policy, as the page draws it. */
export interface View {
  metrics: Metrics
  durationMs: number
  /** Arrivals and what the ready replicas could serve on average, requests/s. */
  load: Point[]
  capacity: Point[]
  /** Replicas by state: all three have the same times, and each value holds until the next. */
  replicas: { ready: Point[]; starting: Point[]; draining: Point[] }
  /** `tookMs`: the SLA's quantile of the answered requests of the window; null where there was none. */
  windows: (SlaWindow & { tookMs: number | null })[]
  /** Requests that wait in the proxy. */
  queued: Point[]
}

/** To the worker. Answers have the question's id. */
export type Question =
  | { kind: 'data'; data: Data }
  /** Simulate with the setting's seed. */
  | { kind: 'run'; id: number; setting: Setting }
  /** Once more, with the seed that comes so many later; only the metrics are wanted. */
  | { kind: 'replicate'; id: number; index: number }

export type Answer =
  | { kind: 'shown'; id: number; a: View; b: View | null }
  | { kind: 'replicated'; id: number; a: Metrics; b: Metrics | null }
  /** The setting is wrong: what a person can mend. */
  | { kind: 'refused'; id: number; message: string }
