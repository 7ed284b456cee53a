/** What a request does in the object store (live/webapp); the trace's mix says how often each comes. */
export const REQUEST_CLASSES = ['read', 'write', 'list', 'compress'] as const
export type RequestClass = (typeof REQUEST_CLASSES)[number]

/** The classes of a mix, in the order of REQUEST_CLASSES: the order in a file says nothing. */
export function classesOf(mix: Trace['mix']): RequestClass[] {
  return REQUEST_CLASSES.filter((name) => (mix[name] ?? 0) > 0)
}

/** One corner of a piecewise-linear arrival rate. Two points at one time make a jump. */
export interface RatePoint {
  atMs: number
  /** Requests per second, >= 0. */
  ratePerS: number
}

/** An open-loop load: requests come whether or not earlier ones were answered. */
export type OpenLoad =
  | { kind: 'rate'; points: readonly RatePoint[] }
  | { kind: 'counts'; intervalMs: number; counts: readonly number[] }
  | { kind: 'arrivals'; atMs: readonly number[] }

/** One corner of a piecewise-linear number of users. */
export interface UserPoint {
  atMs: number
  /** Whole numbers are meant; between two points the line is rounded to the nearest. */
  users: number
}

/** Pause of a user between an answer and the next request. */
export type ThinkTime =
  | { kind: 'constant'; ms: number }
  | { kind: 'uniform'; minMs: number; maxMs: number }
  | { kind: 'exponential'; meanMs: number }

/**
 * A closed loop: each user sends a request, waits for its answer (or gives up), thinks, and sends the next,
 * so that a slow system is asked less. What Locust calls users.
 */
export interface ClosedLoad {
  kind: 'users'
  points: readonly UserPoint[]
  think: ThinkTime
}

export type Load = OpenLoad | ClosedLoad

/**
 * `poisson`: independent arrivals at the given rate; `even`: equal gaps at the given rate (no chance);
 * `mmpp`: Poisson whose rate is multiplied by a factor that changes at random (trace.burst), for burstiness.
 */
export type ArrivalProcess = 'poisson' | 'even' | 'mmpp'

/** A state of the random environment of an `mmpp` load. It lasts an exponential time, then the next one in the list comes. */
export interface BurstState {
  /** The rate is multiplied by it, >= 0; the time averages to 1, so that the load's rate stays the mean rate. */
  factor: number
  meanMs: number
}

/** A trace as code uses it: milliseconds, checked (traces/read.ts makes it from the JSON that people write). */
export interface Trace {
  name: string
  description: string
  load: Load
  process: ArrivalProcess
  /** The states of an `mmpp` process, in their cyclic order; absent for the others. */
  burst?: readonly BurstState[]
  /** Weights, > 0, need not add up to 1. */
  mix: Partial<Record<RequestClass, number>>
  durationMs: number
}

/** A trace whose requests come of themselves (traces/limits.ts assertOpenLoop): it has a rate and arrivals. */
export type OpenTrace = Trace & { load: OpenLoad }

/** The arrivals of one trace and seed: `atMs` ascending, `classes[i]` the class of request i. Same on both sides, to the bit. */
export interface Arrivals {
  atMs: Float64Array
  classes: RequestClass[]
}
