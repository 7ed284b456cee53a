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

/** How often the plant asks the container engine for its containers: a dead replica is noticed at the next time. */
export const REPLICA_POLL_MS = 500
