import { assert } from '../base/assert.ts'
import { badInput } from '../base/errors.ts'

const SUB_BITS = 10
/** Buckets an octave, and width of the exact part in microseconds. */
const SUB_BUCKETS = 2 ** SUB_BITS
/** Times from here on are refused: 2^42 us are 50.9 days. */
const LIMIT_US = 2 ** 42

/** Every order statistic is told to within this share of itself, or 0.5 us where that is more. */
export const RELATIVE_ERROR = 1 / SUB_BUCKETS

/**
 * Times in ms, kept as counts in buckets of whole microseconds: memory that does not grow with their number, mergeable.
 *
 *     us < 1024                bucket us                                 one value a bucket
 *     2^e <= us < 2^(e+1)      bucket 1024 (e - 10) + (us >> (e - 10))   1024 buckets an octave, up to 2^42
 *
 * An order statistic in a bucket of w = 2^(e-10) us and its estimate are both among that bucket's w whole
 * numbers, which are at least 1024 w: the error is below w / (1024 w) < 0.1 %. The mean is kept apart, as a
 * plain sum of the times as given (relative error about 1e-16 sqrt(n)).
 * Source: the log-linear buckets of G. Tene's HdrHistogram, with 2^10 of them an octave.
 */
export class Histogram {
  #counts = new Float64Array(SUB_BUCKETS)
  #count = 0
  #sumMs = 0

  get count(): number {
    return this.#count
  }

  /** Null where nothing was recorded. */
  get meanMs(): number | null {
    return this.#count === 0 ? null : this.#sumMs / this.#count
  }

  /** @throws UserError from 50.9 days on. */
  record(ms: number): void {
    // Plain numbers: V8 loads constants of a module anew each time (1024 = SUB_BUCKETS, 21 = 31 - SUB_BITS, below 2^31 a time fits into the integers of | and >>>).
    const us = ms * 1000 + 0.5
    let bucket: number
    if (us >= 1024 && us < 2147483648) {
      const whole = us | 0
      const shift = 21 - Math.clz32(whole)
      bucket = (shift << 10) + (whole >>> shift)
    } else bucket = rareBucketOf(us)
    if (bucket >= this.#counts.length) this.#grow(bucket)
    this.#counts[bucket]!++
    this.#count++
    this.#sumMs += ms
  }

  /**
   * Quantile of type 7, ms: linear between the order statistics at ranks floor and ceil of (n - 1) p. The m
   * order statistics of a bucket are taken to lie evenly in it. Null where nothing was recorded.
   * @param p 0 to 1
   */
  quantile(p: number): number | null {
    if (this.#count === 0) return null
    const rank = (this.#count - 1) * p
    const below = Math.floor(rank)
    const value = this.#valueAtMs(below)
    return rank === below ? value : value + (rank - below) * (this.#valueAtMs(below + 1) - value)
  }

  #valueAtMs(rank: number): number {
    let before = 0
    let bucket = 0
    while (before + this.#counts[bucket]! <= rank) before += this.#counts[bucket++]!
    const { fromUs, widthUs } = edgesOf(bucket)
    const share = (rank - before + 0.5) / this.#counts[bucket]!
    return (fromUs + share * (widthUs - 1)) / 1000
  }

  /** Adds all that the other one counted. */
  merge(other: Histogram): void {
    if (other.#counts.length > this.#counts.length) this.#grow(other.#counts.length - 1)
    for (let i = 0; i < other.#counts.length; i++) this.#counts[i]! += other.#counts[i]!
    this.#count += other.#count
    this.#sumMs += other.#sumMs
  }

  /** Forgets all and keeps its memory. */
  clear(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sumMs = 0
  }

  /** Whole octaves, so that it happens at most 33 times. */
  #grow(bucket: number): void {
    const counts = new Float64Array((Math.floor(bucket / SUB_BUCKETS) + 1) * SUB_BUCKETS)
    counts.set(this.#counts)
    this.#counts = counts
  }
}

/** The bucket of a time that is too short or too long for the quick way. @param us half a microsecond already added. */
function rareBucketOf(us: number): number {
  assert(us >= 0, `a time of ${us / 1000} ms in a histogram`)
  if (us < SUB_BUCKETS) return Math.trunc(us)
  if (us >= LIMIT_US) {
    throw badInput({
      place: 'a time in the histogram',
      value: us / 1000,
      expected: 'at most 50.9 days, 2^42 us, in ms',
    })
  }
  // The upper word has the highest bit; where it is 0, clz32 says 32 and the highest bit is number 31.
  const shift = 63 - SUB_BITS - Math.clz32(us / 2 ** 32)
  return shift * SUB_BUCKETS + Math.trunc(us / 2 ** shift)
}

function edgesOf(bucket: number): { fromUs: number; widthUs: number } {
  if (bucket < SUB_BUCKETS) return { fromUs: bucket, widthUs: 1 }
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1
  const widthUs = 2 ** shift
  return { fromUs: (SUB_BUCKETS + (bucket % SUB_BUCKETS)) * widthUs, widthUs }
}
