import type { ReplicaState } from '../record/schema.ts'

/**
 * What a plant can read of itself, before any arithmetic: the same on both sides. Counters are cumulative
 * since the proxy started and go back to 0 when it is reloaded, as HAProxy's do.
 */
export interface RawSignals {
  /** When the reading was made, ms from the start of the run. */
  atMs: number
  /** Null where the proxy did not answer. */
  proxy: ProxyCounters | null
  /** The requests that ended since the last reading, in the order in which the proxy logged them. */
  log: ProxyLog
  /** Null where the container engine did not answer. */
  replicas: readonly ReplicaStatus[] | null
  /** Stand-by replicas that could be started at once. */
  standby: number
}

/** Names as in HAProxy's CSV (management guide 9.1). */
export interface ProxyCounters {
  /** Frontend req_tot: requests received. */
  requestsTotal: number
  /** Backend qcur + servers' qcur: requests waiting now. */
  queued: number
  /** Sum of the servers' scur: requests at a server now. */
  inFlight: number
  servers: readonly { name: string; inFlight: number; status: 'up' | 'down' | 'drain' | 'maint' }[]
}

/**
 * Lines of the proxy's log as columns, one row a request that has ended. Names and units as in ProxyLogEntry.
 * Nobody writes to them any more once they were handed over.
 */
export interface ProxyLog {
  readonly count: number
  /** Ascending. */
  readonly endedMs: Float64Array
  readonly queueMs: Float64Array
  readonly responseMs: Float64Array
  readonly totalMs: Float64Array
  readonly status: Uint16Array
}

/** One request's line in the proxy's log, written when it ends. Timers as in the configuration manual 8.4, ms; -1 where not reached. */
export interface ProxyLogEntry {
  /** When the controller learned that it ended, on the run's clock. */
  endedMs: number
  /** The request's X-Request-Id, by which the record joins both ends of a request; '' where it had none. */
  id: string
  server: string
  status: number
  /** Tw: wait in a queue. */
  queueMs: number
  /** Tc: connecting to the server. */
  connectMs: number
  /** Tr: until the server's response header. */
  responseMs: number
  /** Ta: active time of the request in all. */
  totalMs: number
}

export interface ReplicaStatus {
  name: string
  state: Exclude<ReplicaState, 'stopped'>
  sinceMs: number
}
