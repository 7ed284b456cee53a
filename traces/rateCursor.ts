import { type Profile, profileOf, slope, widthOf } from './rate.ts'
import type { OpenLoad } from './trace.ts'

/**
 * N(t) or its inverse (traces/rate.ts) for arguments that ascend: the piece it stands on is kept, so that a step
 * costs the same however long the list of rates is. A cursor answers one of the two questions, not both in turn.
 * The values are those of `expectedArrivals` and `timeOfExpected`, to the bit.
 */
export class RateCursor {
  readonly #profile: Profile
  #piece = 0
  #latestMs = 0

  constructor(load: OpenLoad) {
    this.#profile = profileOf(load)
  }

  /**
   * The first `count` of `block`, ascending numbers of expected requests, become the times by which they are
   * expected: ms, ascending, Infinity for never. Times that are not below `endMs` are left out; returns how many
   * are left.
   */
  toTimes(block: Float64Array, count: number, endMs: number): number {
    const { startMs, startPerMs, before } = this.#profile
    // Locals, not fields: this loop is half of what an arrival costs.
    let latest = this.#latestMs
    let i = 0
    while (i < count && latest < endMs) {
      const piece = this.#pieceOf(before, block[i]!)
      const start = startMs[piece]!
      const r0 = startPerMs[piece]!
      const rise = slope(this.#profile, piece)
      const before0 = before[piece]!
      const next = startMs[piece + 1] ?? Infinity
      const nextBefore = before[piece + 1] ?? Infinity
      for (; i < count; i++) {
        const n = block[i]!
        if (n > nextBefore) break
        const at = n > 0 ? Math.min(start + widthOf(n - before0, r0, rise), next) : 0
        // Rounding may put neighbours in the wrong order by one unit in the last place.
        if (at > latest) latest = at
        if (latest >= endMs) break
        block[i] = latest
      }
    }
    this.#latestMs = latest
    return i
  }

  /** The requests expected in [0, tMs). */
  expectedBy(tMs: number): number {
    if (tMs <= 0) return 0
    const { startMs, startPerMs, before } = this.#profile
    const piece = this.#pieceOf(startMs, tMs, true)
    const x = tMs - startMs[piece]!
    return before[piece]! + x * (startPerMs[piece]! + (slope(this.#profile, piece) * x) / 2)
  }

  /** The last piece that starts below `value`, or at it where `orAt`; never before the present one. */
  #pieceOf(starts: readonly number[], value: number, orAt = false): number {
    let piece = this.#piece
    while (piece + 1 < starts.length && (starts[piece + 1]! < value || (orAt && starts[piece + 1] === value)))
      piece++
    this.#piece = piece
    return piece
  }
}
