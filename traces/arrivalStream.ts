import { type Random, stream, weightedIndex } from '../base/random.ts'
import { arrivalTimes, type TimeSource } from './arrivalTimes.ts'
import { classesOf, type RequestClass, type Trace } from './trace.ts'

/** Many runs have a thousand requests and are over in a millisecond: the first block is small, each next one twice it. */
const FIRST_BLOCK = 16
const LARGEST_BLOCK = 256

/**
 * The arrivals of an open-loop trace and seed one by one, in constant memory: to the bit those of
 * `generateArrivals`, which collects them. Times ascend and lie in [0, durationMs). Times and classes have a
 * random stream each, so that another mix moves no arrival.
 *
 *     for (const s = new ArrivalStream(trace, seed); s.atMs < Infinity; s.advance()) use(s.atMs, s.classIndex)
 */
export class ArrivalStream {
  /** Of the mix. */
  readonly classes: readonly RequestClass[]
  /** The present arrival, ms from the start of the trace; Infinity where there is none any more. */
  atMs = 0
  /** Its class, an index in `classes`. */
  classIndex = 0

  readonly #source: TimeSource
  /** Null where there is one class and nothing to draw. */
  readonly #random: Random | null
  readonly #weights: Float64Array
  readonly #totalWeight: number
  #times = new Float64Array(FIRST_BLOCK)
  #classIndices = new Uint8Array(FIRST_BLOCK)
  /** Arrivals in the block, and which of them comes next. */
  #count = 0
  #next = 0

  constructor(trace: Trace, seed: number) {
    this.classes = classesOf(trace.mix)
    this.#weights = Float64Array.from(this.classes, (name) => trace.mix[name]!)
    this.#totalWeight = this.#weights.reduce((sum, weight) => sum + weight, 0)
    this.#random = this.classes.length > 1 ? stream(seed, 'classes') : null
    this.#source = arrivalTimes(trace, seed)
    this.#fill()
    this.advance()
  }

  /** On to the next arrival. */
  advance(): void {
    if (this.#next === this.#count) {
      if (this.#times.length < LARGEST_BLOCK) this.#grow()
      this.#fill()
    }
    const i = this.#next++
    this.atMs = this.#times[i]!
    this.classIndex = this.#classIndices[i]!
  }

  /** A block ends with Infinity where there are no more arrivals; asked again, the source has none again. */
  #fill(): void {
    this.#next = 0
    this.#count = this.#source.fill(this.#times)
    if (this.#count > 0) this.#drawClasses()
    else this.#times[this.#count++] = Infinity
  }

  #grow(): void {
    this.#times = new Float64Array(2 * this.#times.length)
    this.#classIndices = new Uint8Array(this.#times.length)
  }

  /** One draw a request, by the weights. */
  #drawClasses(): void {
    const random = this.#random
    if (random === null) return
    const weights = this.#weights
    const total = this.#totalWeight
    for (let i = 0; i < this.#count; i++) this.#classIndices[i] = weightedIndex(weights, total, random())
  }
}
