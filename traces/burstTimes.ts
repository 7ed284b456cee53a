import { assert } from '../base/assert.ts'
import { exponential, type Random, weightedIndex } from '../base/random.ts'
import { RateCursor } from './rateCursor.ts'
import type { BurstState, Trace } from './trace.ts'

/**
 * Arrivals of a Markov-modulated Poisson process: rate r(t) f(t), where f is the factor of the state that a random
 * environment is in (Fischer and Meier-Hellstern, The MMPP cookbook, Performance Evaluation 18, 1993).
 *
 *     f ^      .---.            The states come in the order of the list, over and over, each for an
 *       |      |   |   .--.     exponential time. The first one is drawn by its share of the time; what
 *     1 |- - - | - | - |- |     is left of it is again exponential (it has no memory), so the process
 *       |------'   '---'  '-    is stationary: the mean rate is r(t) from the first moment on.
 *       +--------------------> t
 *
 * Exact, without thinning: the integral of r f grows by f dN where that of r grows by dN (traces/rate.ts). So
 * from one arrival an exponential amount (mean 1) of f dN is used up, piece by piece of the environment, and
 * the N where none is left is put through the inverse of N. A flat f of 1 is RateTimes in arrivalTimes.ts.
 * The environment has a random stream of its own: another rate meets the same bursts.
 */
export class BurstTimes {
  readonly #random: Random
  readonly #environment: Environment
  readonly #inverse: RateCursor
  readonly #integral: RateCursor
  readonly #durationMs: number
  /** N at the latest arrival or start of a piece, and at the end of the piece. */
  #n = 0
  #pieceEnd: number

  /** @param trace one of a `rate` load and process `mmpp`. */
  constructor(trace: Trace, random: Random, burstRandom: Random) {
    const { load, burst, durationMs } = trace
    assert(load.kind === 'rate' && burst !== undefined, 'mmpp is for a rate, with states')
    this.#random = random
    this.#environment = new Environment(burst, burstRandom)
    this.#inverse = new RateCursor(load)
    this.#integral = new RateCursor(load)
    this.#durationMs = durationMs
    this.#pieceEnd = this.#nAtEndOfPiece()
  }

  fill(block: Float64Array): number {
    let count = 0
    for (let n = this.#nextN(); n < Infinity; n = this.#nextN()) {
      block[count++] = n
      if (count === block.length) break
    }
    return this.#inverse.toTimes(block, count, this.#durationMs)
  }

  /** N of the next arrival, where an exponential amount of f dN is used up; Infinity where the trace ends before. */
  #nextN(): number {
    let left = exponential(this.#random)
    while (left >= this.#environment.factor * (this.#pieceEnd - this.#n)) {
      left -= this.#environment.factor * (this.#pieceEnd - this.#n)
      this.#n = this.#pieceEnd
      if (this.#environment.endMs >= this.#durationMs) return Infinity
      this.#environment.advance()
      this.#pieceEnd = this.#nAtEndOfPiece()
    }
    this.#n += left / this.#environment.factor
    return this.#n
  }

  #nAtEndOfPiece(): number {
    return this.#integral.expectedBy(Math.min(this.#environment.endMs, this.#durationMs))
  }
}

/** The states one after the other, each with its factor and its end. */
class Environment {
  readonly #states: readonly BurstState[]
  readonly #random: Random
  #index: number
  factor: number
  endMs: number

  constructor(states: readonly BurstState[], random: Random) {
    this.#states = states
    this.#random = random
    // At a random moment it is in each by its share of the time.
    const meansMs = states.map(({ meanMs }) => meanMs)
    const cycleMs = meansMs.reduce((sum, meanMs) => sum + meanMs, 0)
    this.#index = weightedIndex(meansMs, cycleMs, random())
    this.factor = states[this.#index]!.factor
    this.endMs = exponential(random) * states[this.#index]!.meanMs
  }

  advance(): void {
    this.#index = (this.#index + 1) % this.#states.length
    const { factor, meanMs } = this.#states[this.#index]!
    this.factor = factor
    this.endMs += exponential(this.#random) * meanMs
  }
}
