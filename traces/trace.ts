/** What a request does in the object store (live/webapp); the trace's mix says how often each comes. */
export const REQUEST_CLASSES = ['read', 'write', 'list', 'compress'] as const
export type RequestClass = (typeof REQUEST_CLASSES)[number]

/** One corner of a piecewise-linear arrival rate. Two points at one time make a jump. */
export interface RatePoint {
  atMs: number
  /** Requests per second, >= 0. */
  ratePerS: number
}

/** The open-loop load: requests come whether or not earlier ones were answered. */
export type Load =
  | { kind: 'rate'; points: readonly RatePoint[] }
  | { kind: 'counts'; intervalMs: number; counts: readonly number[] }
  | { kind: 'arrivals'; atMs: readonly number[] }

/** `poisson`: independent arrivals at the given rate; `even`: equal gaps at the given rate (no chance). */
export type ArrivalProcess = 'poisson' | 'even'

/** A trace as code uses it: milliseconds, checked (traces/read.ts makes it from the JSON that people write). */
export interface Trace {
  name: string
  description: string
  load: Load
  process: ArrivalProcess
  /** Weights, > 0, need not add up to 1. */
  mix: Partial<Record<RequestClass, number>>
  durationMs: number
}

/** The arrivals of one trace and seed: `atMs` ascending, `classes[i]` the class of request i. Same on both sides, to the bit. */
export interface Arrivals {
  atMs: Float64Array
  classes: RequestClass[]
}
