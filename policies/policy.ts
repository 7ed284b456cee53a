/**
 * The contract of a scaling policy: a pure function from what was observed to a decision. The same file
 * decides in the simulator and on the real set-up, so it may not read a clock, draw at random or do I/O.
 */

/** Replica counts by state, as the plant reports them. */
export interface ReplicaCounts {
  /** In the proxy's rotation. */
  ready: number
  /** Asked for, not yet in rotation. */
  starting: number
  /** Out of rotation, finishing its requests. */
  draining: number
  /** Started and paused, can be ready at once. */
  standby: number
}

/** Percentiles are type 7 over the requests that ended within the window. */
export interface ResponseTimes {
  count: number
  mean: number
  p50: number
  p95: number
  p99: number
}

/**
 * What a policy may see. Computed by control/observe.ts from raw proxy counters, the proxy's log and the
 * replica list, on both sides. `null` means unknown (never 0): not measured, or too old to be used.
 */
export interface Observation {
  /** Nominal time of the tick, ms from the start of the run: k times the interval. */
  nowMs: number
  /** The span that the rates and percentiles below cover, ms. */
  windowMs: number
  /** Requests that reached the proxy, per second. */
  arrivalsPerS: number | null
  /** Requests that ended, whatever their fate, per second. */
  completionsPerS: number | null
  /** Ended with 5xx or without an answer, per second. */
  errorsPerS: number | null
  /** Ended with 429, per second. */
  rejectionsPerS: number | null
  /** Requests at a server now. */
  inFlight: number | null
  /** Requests waiting in the proxy now. */
  queued: number | null
  /** From the proxy's view, ms: queue + connect + server. Null where no request ended in the window. */
  responseMs: ResponseTimes | null
  /** Mean time at the server (connect + response), ms, of the requests that ended in the window. */
  serviceMsMean: number | null
  /** Busy server time over ready server time in the window, 0 to about 1. */
  utilisation: number | null
  replicas: ReplicaCounts
  /** What the controller last asked for. */
  target: number
  /** How old each source was at the tick, ms; null where it has never answered. */
  ageMs: { proxy: number | null; replicas: number | null }
}

export type Decision = { kind: 'scale'; replicas: number; reason: string } | { kind: 'hold'; reason: string }

/** How requests meet replicas: one queue in the proxy, or a queue at each replica that `balance` chose. */
export type Topology = 'central' | 'roundrobin' | 'leastconn' | 'random' | 'first'

/** Derived from a model and the proxy's settings, and handed in on both sides; null where no model was given. */
export interface Knowledge {
  /** Mean time that a request holds its server, over the trace's mix, ms. */
  serviceMsMean: number | null
  /** Its squared coefficient of variation. */
  serviceScv?: number | null
  /** Mean time from asking for a replica until it is in rotation, ms. */
  startupMsMean: number | null
  topology?: Topology | null
}

export const NO_KNOWLEDGE: Knowledge = {
  serviceMsMean: null,
  serviceScv: null,
  startupMsMean: null,
  topology: null,
}

/** A question to the simulator: what would become of the service from now on under each of these targets? */
export interface RolloutQuestion {
  /** Draws depend on it alone, so each target meets the same arrivals and the same work. */
  seed: number
  /** Runs for each target. */
  paths: number
  horizonMs: number
  /** Requests per second from now on, one value an interval of the control loop; the last one goes on. */
  arrivalsPerS: readonly number[]
  replicas: ReplicaCounts
  /** Requests inside now, at a server or in the queue. */
  backlog: number
  targets: readonly number[]
  /** An answered request violates the SLO above this, ms; one that is not answered always does. */
  sloMs: number
}

export interface RolloutAnswer {
  target: number
  /** Mean over the paths: share of the requests that violate, and cost over the horizon. */
  violationShare: number
  replicaSeconds: number
}

/** The twin in the loop: a pure function of the question. Answers in the order of the targets. */
export type Rollout = (question: RolloutQuestion) => RolloutAnswer[]

/** One tunable number of a policy: the command line, the tuner and the docs are derived from it. */
export interface ParameterSpec {
  description: string
  /** `ms`, `1/s`, `replicas`, `share` (0..1), `1` for a plain number. */
  unit: string
  min: number
  max: number
  default: number
  /** How a tuner should walk it. */
  scale: 'linear' | 'log' | 'integer'
}

export type Parameters = Readonly<Record<string, number>>

/** All that a policy is told besides the observation; constant over a run. */
export interface PolicyContext {
  parameters: Parameters
  knowledge: Knowledge
  /** The bounds within which the controller will clamp every decision. */
  replicas: { min: number; max: number }
  /** Time between two ticks, ms. */
  intervalMs: number
  /** Null or absent where no simulator was handed in: no model. */
  rollout?: Rollout | null
  /** Replicas to have by tick (the k-th at index k - 1), for the clairvoyant bound alone; null or absent for all others. */
  plan?: readonly number[] | null
}

/** `State` must be plain JSON data: it is the policy's whole memory. */
export interface Policy<State = unknown> {
  name: string
  /** One line for `sim policies`. */
  summary: string
  /** Paper, documentation or file that defines it. */
  source: string
  parameters: Readonly<Record<string, ParameterSpec>>
  /** What it cannot do without: a plan makes it a bound, not a policy. */
  needs?: 'rollout' | 'plan'
  init(context: PolicyContext): State
  decide(context: PolicyContext, observation: Observation, state: State): { decision: Decision; state: State }
}
