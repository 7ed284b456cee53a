import { assert } from '../base/assert.ts'
import { exponential, type Random, stream } from '../base/random.ts'
import { BurstTimes } from './burstTimes.ts'
import { expectedArrivals } from './rate.ts'
import { RateCursor } from './rateCursor.ts'
import type { OpenLoad, Trace } from './trace.ts'

/** The arrival times of one trace and seed, in blocks. */
export interface TimeSource {
  /**
   * Writes the next times from the start of `block`: ms, ascending, in [0, durationMs). Returns how many;
   * fewer than fit means that there are no more.
   */
  fill(block: Float64Array): number
}

/** What makes the times of this trace's load. */
export function arrivalTimes(trace: Trace, seed: number): TimeSource {
  const { load, process, durationMs } = trace
  assert(load.kind !== 'users', 'a closed loop has no arrival times')
  const random = stream(seed, 'arrivals')
  switch (load.kind) {
    case 'rate':
      if (process === 'mmpp') return new BurstTimes(trace, random, stream(seed, 'burst'))
      return new RateTimes(load, durationMs, process === 'even' ? null : random)
    case 'counts':
      return new CountTimes(load, durationMs, process === 'even' ? null : random)
    case 'arrivals':
      return new ListTimes(load.atMs, durationMs)
  }
}

/**
 * Time change: N(t) turns a process of rate r(t) into one of rate 1, so the arrivals are N^-1 of
 *
 *     poisson   sums of exponential gaps with mean 1 (inversion; Cinlar 1975, section 4.5)
 *     even      0.5, 1.5, 2.5, ...: each arrival in the middle of its own expected request
 *
 *     N(t) 2.5 +----------------.      Even without chance: the number of arrivals by any time t differs
 *          1.5 +-----------.    :      from N(t) by at most a half, none is at t = 0 and the k-th keeps
 *          0.5 +-----.     :    :      its place when the trace is made longer.
 *              +-----1-----2----3--> t
 */
class RateTimes implements TimeSource {
  readonly #cursor: RateCursor
  readonly #durationMs: number
  /** Null for even arrivals. */
  readonly #random: Random | null
  readonly #end: number
  /** The next arrival, in expected requests. */
  #n: number

  constructor(load: OpenLoad, durationMs: number, random: Random | null) {
    this.#cursor = new RateCursor(load)
    this.#durationMs = durationMs
    this.#random = random
    this.#end = expectedArrivals(load, durationMs)
    this.#n = random === null ? 0.5 : exponential(random)
  }

  fill(block: Float64Array): number {
    const random = this.#random
    const end = this.#end
    let n = this.#n
    let count = 0
    while (count < block.length && n < end) {
      block[count++] = n
      n += random === null ? 1 : exponential(random)
    }
    this.#n = n
    return this.#cursor.toTimes(block, count, this.#durationMs)
  }
}

/** An interval with more requests than this is not sorted in memory. */
export const SORTED_AT_MOST = 65_536

/**
 * Counts are data, so each interval gets exactly its count: for `poisson` the order statistics of that many
 * uniform draws (what a Poisson process is, given its count), for `even` the middles of equal parts.
 *
 * The order statistics are the draws, sorted. Of a large count they come one by one, from the spacings of
 * exponential order statistics (Renyi 1953; Devroye 1986, section V.3): with e_j exponential of mean 1,
 *
 *     u_(k) = 1 - exp(-s_k),    s_k = e_1 / m + e_2 / (m - 1) + .. + e_k / (m - k + 1)     for m draws
 */
class CountTimes implements TimeSource {
  readonly #load: Extract<OpenLoad, { kind: 'counts' }>
  readonly #durationMs: number
  /** Null for even arrivals. */
  readonly #random: Random | null
  #interval = -1
  /** Requests of the interval, and how many of them were given. */
  #count = 0
  #given = 0
  #sorted = new Float64Array(0)
  /** s_k above. */
  #sum = 0

  constructor(load: Extract<OpenLoad, { kind: 'counts' }>, durationMs: number, random: Random | null) {
    this.#load = load
    this.#durationMs = durationMs
    this.#random = random
  }

  fill(block: Float64Array): number {
    let filled = 0
    while (filled < block.length && this.#hasNext()) {
      const at = this.#nextMs()
      if (at >= this.#durationMs) break
      block[filled++] = at
      this.#given++
    }
    return filled
  }

  #hasNext(): boolean {
    while (this.#given === this.#count) {
      if (this.#interval + 1 === this.#load.counts.length) return false
      this.#open(this.#interval + 1)
    }
    return true
  }

  #open(interval: number): void {
    this.#interval = interval
    this.#count = this.#load.counts[interval]!
    this.#given = 0
    this.#sum = 0
    if (this.#random === null || this.#count > SORTED_AT_MOST) return
    const { intervalMs } = this.#load
    this.#sorted = new Float64Array(this.#count)
    for (let k = 0; k < this.#count; k++) this.#sorted[k] = (interval + this.#random()) * intervalMs
    this.#sorted.sort()
  }

  #nextMs(): number {
    const { intervalMs } = this.#load
    if (this.#random === null) return (this.#interval + (this.#given + 0.5) / this.#count) * intervalMs
    if (this.#count <= SORTED_AT_MOST) return this.#sorted[this.#given]!
    this.#sum += exponential(this.#random) / (this.#count - this.#given)
    return (this.#interval - Math.expm1(-this.#sum)) * intervalMs
  }
}

/** Explicit arrivals are taken as they are. */
class ListTimes implements TimeSource {
  readonly #atMs: readonly number[]
  readonly #durationMs: number
  #next = 0

  constructor(atMs: readonly number[], durationMs: number) {
    this.#atMs = atMs
    this.#durationMs = durationMs
  }

  fill(block: Float64Array): number {
    let count = 0
    while (count < block.length && this.#next < this.#atMs.length) {
      const at = this.#atMs[this.#next]!
      if (at >= this.#durationMs) break
      block[count++] = at
      this.#next++
    }
    return count
  }
}
