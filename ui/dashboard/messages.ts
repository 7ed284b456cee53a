import type { Metrics } from '../../analysis/metrics.ts'
import type { Band } from '../../analysis/timeline.ts'
import type { ReplicaCounts } from '../../policies/policy.ts'
import type { ReplicaEvent, TickRow, Verdict } from '../../record/schema.ts'

/** What the dashboard's page is told, as server-sent events: their names, and what each carries (JSON). */
export interface Messages {
  /** A run begins: the page forgets the one before. */
  hello: Hello
  state: { state: RunState }
  /** Once a control tick. */
  tick: Tick
  /** The run is over. */
  end: End
}

export type RunState = 'starting' | 'running' | 'paused' | 'stopping'

export interface Hello {
  policy: string
  parameters: Readonly<Record<string, number>>
  trace: string
  durationMs: number
  /** The trace's own rate over time, requests/s, in `binMs` steps from 0 on. */
  ratesPerS: number[]
  sla: { text: string; limitMs: number; windowMs: number }
  replicas: { min: number; max: number; initial: number }
  intervalMs: number
  /** Span of the rates that a tick tells, ms. */
  windowMs: number
  /** Length of the bins of the response times, of `ratesPerS` and of the prediction. */
  binMs: number
  /** Null where none was made. */
  prediction: Prediction | null
  /** This is run `number` of `count`. */
  run: { number: number; count: number }
  folder: string
}

/** What simulated runs of the same plan do, bin by bin: mean, and the interval into which a further run falls with 90 %. */
export interface Prediction {
  /** How many were made. */
  runs: number
  model: string
  replicas: Band
  queued: Band
  p95Ms: Band
  /** Share of the requests up to the bin's end that violate the SLA. */
  violationShareSoFar: Band
  /** What the replicas have cost up to the bin's end. */
  replicaSecondsSoFar: Band
}

/** What is known of the requests that were due in one bin; it changes until the last of them has ended. */
export interface BinNews {
  bin: number
  /** 95th percentile (type 7) of the response times of the answered ones, ms; null where there is none. */
  p95Ms: number | null
}

/** What is known of one SLA window. */
export interface WindowNews {
  window: number
  requests: number
  violating: number
  violated: boolean | null
}

/** What has become known since the tick before. */
export interface News {
  bins: BinNews[]
  windows: WindowNews[]
  events: Pick<ReplicaEvent, 'atMs' | 'replica' | 'state'>[]
  soFar: { requests: number; violationShare: number | null; replicaSeconds: number }
}

export interface Tick extends News {
  nowMs: number
  arrivalsPerS: number | null
  completionsPerS: number | null
  queued: number | null
  inFlight: number | null
  replicas: ReplicaCounts
  from: number
  target: number
  reason: string
  byHand: TickRow['byHand'] | null
}

/** How a run ended. */
export interface Ending {
  /** `interrupted` runs have no metrics. */
  state: 'complete' | 'interrupted'
  verdict: Verdict
  metrics: Metrics | null
  /** Whether no further run follows. */
  last: boolean
}

export interface End extends Ending, News {}
