import type { Observation } from './policy.ts'

/** An observation of a calm service with two ready replicas; the arguments say what is different. */
export function observation(different: Partial<Observation> = {}): Observation {
  const target = different.target ?? 2
  return {
    nowMs: 1000,
    windowMs: 5000,
    arrivalsPerS: 10,
    completionsPerS: 10,
    errorsPerS: 0,
    rejectionsPerS: 0,
    inFlight: 1,
    queued: 0,
    responseMs: { count: 50, mean: 110, p50: 105, p95: 200, p99: 230 },
    serviceMsMean: 100,
    utilisation: 0.5,
    replicas: { ready: target, starting: 0, draining: 0, standby: 0 },
    target,
    ageMs: { proxy: 0, replicas: 0 },
    ...different,
  }
}
