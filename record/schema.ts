import type { Decision, Knowledge, Observation } from '../policies/policy.ts'
import type { FaultRow } from './faults.ts'

/**
 * The run record: a folder that both sides write and that all analysis reads.
 *
 *     run.json          RunHeader
 *     ticks.ndjson      one TickRow a line
 *     replicas.ndjson   one ReplicaEvent a line
 *     faults.ndjson     one FaultRow a line; only where the run had faults
 *     requests.parquet  the RequestTable (requests.ndjson while a live run is going on)
 */
export const RECORD_SCHEMA = 1

/** `ok` 2xx/3xx in time; `rejected` 429; `timeout` the client gave up; `failed` any other status, or the
 *  connection broke; `unanswered` still open when the record ended. All but `ok` violate an SLA. */
export const OUTCOMES = ['ok', 'rejected', 'timeout', 'failed', 'unanswered'] as const
export type Outcome = (typeof OUTCOMES)[number]

export type ReplicaState = 'starting' | 'ready' | 'draining' | 'stopped' | 'failed'

/** A replica's move. `starting` is written when it is asked for, `stopped` when it is gone and costs nothing more. */
export interface ReplicaEvent {
  atMs: number
  replica: string
  state: ReplicaState
  /** Why, where it is not plain: "exited by itself", "was not ready within 30s". */
  note?: string
  /** Of a live start, with its `ready`. */
  phases?: StartPhases
}

export const START_METHODS = ['cold', 'created', 'paused'] as const

/** What a start consisted of, one after the other, ms; together they are the time from `starting` to `ready`. */
export interface StartPhases {
  /** From the image, from a created container, or from a frozen one. */
  method: (typeof START_METHODS)[number]
  /** The engine makes the container; 0 where it was there already. */
  createMs: number
  /** The engine starts it (or thaws it), and tells its address. */
  startMs: number
  /** Until the application listens; null where nobody looked, then it is part of checkMs. */
  answerMs: number | null
  /** Until the proxy has it in rotation, after its first passed health check. */
  checkMs: number
}

/** One control tick. */
export interface TickRow {
  observation: Observation
  decision: Decision
  /** What was asked of the plant after clamping; equal to observation.target where nothing changed. */
  target: number
  /** Time from reading the signals to the decision, ms (live: measured; sim: the model's). */
  delayMs: number
  /** Set where a person decided, and the policy was not asked: it was paused, or a target was set. Live only. */
  byHand?: 'pause' | 'scale'
  /** Live on Linux only; no policy sees it. */
  cpu?: CpuReading | null
}

/** CPU time since the run's time 0, ms, by who used it. */
export interface CpuReading {
  /** All cores, everything on the machine, from /proc/stat (without idle and iowait). */
  hostMs: number
  /** HAProxy, all workers. */
  proxyMs: number
  /** The process that generates the load and controls. */
  controllerMs: number
  /** Each replica that runs now, since its own start. */
  replicasMs: Readonly<Record<string, number>>
}

/**
 * Per-request columns, all of one length n, in order of intended time.
 * Live: queueWait, service and server come from the proxy's log, blocking and cpu from the application's
 * response header; each is null where it did not arrive.
 */
export interface RequestTable {
  class: string[]
  /** When it should have been sent: latency counts from here. */
  intendedMs: Float64Array
  sentMs: Float64Array
  /** When the answer was complete, or the client gave up. NaN for `unanswered`. */
  doneMs: Float64Array
  /** Wait in the proxy's queue. NaN unknown. */
  queueWaitMs: Float64Array
  /** Time that the server was held: connect + response + transfer. NaN unknown. */
  serviceMs: Float64Array
  /** Of it, sleeping in the handler. NaN unknown. */
  blockingMs: Float64Array
  /** Of it, CPU time of the handler. NaN unknown. */
  cpuMs: Float64Array
  /** Replica that served it; '' where none did or it is unknown. */
  server: string[]
  /** HTTP status; 0 where there was none. */
  status: Int32Array
  outcome: Outcome[]
}

/** One request as a row, the form in which a live run appends it. Unknown numbers are null. */
export interface RequestRow {
  index: number
  class: string
  intendedMs: number
  sentMs: number
  doneMs: number | null
  queueWaitMs: number | null
  serviceMs: number | null
  blockingMs: number | null
  cpuMs: number | null
  server: string
  status: number
  outcome: Outcome
}

/** Whether the run may be believed, and if not why. */
export interface Verdict {
  valid: boolean
  reasons: string[]
}

export interface RunHeader {
  schema: typeof RECORD_SCHEMA
  mode: 'sim' | 'live'
  /** `run`, or the calibration experiment that made it. */
  purpose: 'run' | 'load' | 'saturation' | 'scaling' | 'startup'
  /** `running` in a finished process means that it was killed. */
  state: 'running' | 'complete' | 'interrupted'
  /** UTC; null in a simulation, whose bytes depend on its inputs alone. */
  startedAt: string | null
  seed: number
  /** The trace in full (traces/trace.ts), so that a record explains itself. */
  trace: TraceInRecord
  traceHash: string
  /** The model that predicted (sim) or that gave the policy its knowledge (live); null without one. */
  model: { name: string; hash: string } | null
  policy: { name: string; parameters: Record<string, number> }
  control: ControlSettings
  service: ServiceSettings
  /** The web application's settings as its environment has them; null in a simulation, where the model stands for it. */
  app: Record<string, string> | null
  /** Set where a prediction was written before a live run: its folder and the SHA-256 of its prediction.json. */
  prediction: { path: string; sha256: string } | null
  versions: Record<string, string>
  /** Cores, memory, kernel; null in a simulation. */
  host: Record<string, string | number> | null
  /** What was broken on purpose, as parseFault reads it; absent where nothing was. */
  faults?: readonly string[]
  /** What each part counted; absent in a simulation, in `live load` and in records of before it was counted. */
  counts?: RunCounts
  /** Lateness of the generator, ms: sent - intended. Null in a simulation. */
  lateness: { p50: number; p99: number; max: number; boundP99: number } | null
  verdict: Verdict
}

/** What each part of a live run counted of its requests, each for itself. live/counts.ts has the equations between them. */
export interface RunCounts {
  generator: {
    sent: number
    /** Of those sent: what became of them. */
    byOutcome: Record<Outcome, number>
    /** Answers by HTTP status; requests without one are in none. */
    byStatus: Record<string, number>
    /** Failed, and neither answered by the application nor turned away by the proxy. Null where the application does not count. */
    broken: number | null
  }
  proxy: {
    /** Its frontend's req_tot over the run, with resets undone; null where it could not be read. */
    received: number | null
    /** Of its log, with the id of one of the run's requests. */
    lines: number
    /** Of its log, that look like a request's and could not be read. */
    malformedLines: number
    byStatus: Record<string, number>
  }
  /** By name; null where the application does not say how many it has served (an image of one's own). */
  replicas: Record<string, ReplicaCount> | null
  /** What faults explain, at most: requests uncounted, without a line, and lost inside what died. */
  explained: { unseen: number; unwritten: number; insideDead: number }
}

export interface ReplicaCount {
  /** By its own count (X-Served), as far as any answer told. */
  served: number
  /** Of them, answers that arrived at the generator. */
  known: number
  /** Lines of the proxy's log that name it. */
  lines: number
}

/** Structurally the Trace of traces/trace.ts: record/ imports only base/ and the types of policies/. */
export interface TraceInRecord {
  name: string
  description: string
  load:
    | { kind: 'rate'; points: readonly { atMs: number; ratePerS: number }[] }
    | { kind: 'counts'; intervalMs: number; counts: readonly number[] }
    | { kind: 'arrivals'; atMs: readonly number[] }
    | {
        kind: 'users'
        points: readonly { atMs: number; users: number }[]
        think:
          | { kind: 'constant'; ms: number }
          | { kind: 'uniform'; minMs: number; maxMs: number }
          | { kind: 'exponential'; meanMs: number }
      }
  process: 'poisson' | 'even' | 'mmpp'
  burst?: readonly { factor: number; meanMs: number }[]
  mix: Record<string, number>
  durationMs: number
}

export interface ControlSettings {
  intervalMs: number
  windowMs: number
  minReplicas: number
  maxReplicas: number
  initialReplicas: number
  /** Replicas held ready to start faster, and how. Null or absent: none, every start is cold. */
  standby?: { method: 'created' | 'paused'; size: number } | null
  knowledge: Knowledge
  /** The clairvoyant bound's replicas by tick; null or absent for every policy proper. */
  plan?: readonly number[] | null
}

export const BALANCES = ['roundrobin', 'leastconn', 'random', 'first'] as const

/** How the proxy and the client are set up: the same values on both sides. */
export interface ServiceSettings {
  balance: (typeof BALANCES)[number]
  /** Concurrent requests a server; null for no limit (each server's own backlog is then the queue). */
  maxconn: number | null
  queueTimeoutMs: number
  clientTimeoutMs: number
  /** Absent in records of before they were simulated, and null: no checks in the simulator. */
  health?: HealthChecks | null
  /** Requests that the frontend has open at once; more wait before it is even received. Null or absent: no limit. */
  frontendMaxconn?: number | null
  /** Requests that may wait in the backend's queue; one more is answered 503 at once. Null or absent: no limit. */
  queueLimit?: number | null
  /** A server that has become ready gets a share of the load that grows to its whole over this time. 0 or absent: at once. */
  slowstartMs?: number
  /** What a client does with a request that was not answered well. Null or absent: nothing. */
  retries?: ClientRetries | null
}

/** Health checks. They occupy a single-threaded server like a request does: `timeoutMs` must cover its longest queue. */
export interface HealthChecks {
  /** Between two checks of a server that is up. */
  intervalMs: number
  /** Between two checks of a server that is down: bounds how late a new server is noticed. */
  downIntervalMs: number
  timeoutMs: number
  /** Checks in a row that make a server up, and down. */
  rise: number
  fall: number
}

/**
 * A client that tries again after a failure, a rejection or its own time-out: try k (from 1) comes a pause of
 * backoffMs x factor^(k - 1), times a uniform draw from [1 - jitter, 1], after the end of the one before.
 */
export interface ClientRetries {
  /** Further tries after the first. */
  most: number
  backoffMs: number
  factor: number
  jitter: number
}

/** A whole record in memory. */
export interface RunRecord {
  run: RunHeader
  ticks: TickRow[]
  replicas: ReplicaEvent[]
  requests: RequestTable
  /** What became of the run's faults; absent where it had none. */
  faults?: FaultRow[]
}
