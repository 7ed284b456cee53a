import type { ControlSettings, HealthChecks, ServiceSettings } from '../record/schema.ts'

export const DEFAULT_HEALTH: HealthChecks = {
  intervalMs: 1000,
  downIntervalMs: 100,
  timeoutMs: 2000,
  rise: 1,
  fall: 3,
}

/** How the proxy and the client are set up unless a flag says otherwise: the same values on both sides. */
export const DEFAULT_SERVICE: ServiceSettings = {
  balance: 'leastconn',
  maxconn: 1,
  queueTimeoutMs: 30_000,
  clientTimeoutMs: 10_000,
  health: DEFAULT_HEALTH,
}

export const DEFAULT_CONTROL: Omit<ControlSettings, 'knowledge'> = {
  intervalMs: 1000,
  windowMs: 5000,
  minReplicas: 1,
  maxReplicas: 8,
  initialReplicas: 1,
}

/** How long the proxy tries to connect to a server before it takes the next one. */
export const CONNECT_TIMEOUT_MS = 1000
/** How many further servers the proxy tries for a request that could not connect. */
export const CONNECT_RETRIES = 3

/** How long a draining replica may take to finish its requests before it is stopped all the same. */
export const DRAIN_LIMIT_MS = 30_000

/** How long a replica may take from its container's start until it listens, and until the proxy has it in rotation. */
export const READY_TIMEOUT_MS = 30_000
/** After a start that failed, before the next: a broken image must not be tried in a tight loop. */
export const START_RETRY_PAUSE_MS = 2000

/** How long the container engine's service takes to be back after it died. */
export const ENGINE_RESTART_MS = 300

/** How often the plant asks the container engine for its containers: a dead replica is noticed at the next time. */
export const REPLICA_POLL_MS = 500
