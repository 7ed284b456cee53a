import type { Random } from '../base/random.ts'
import type { Distribution } from './distribution.ts'
import { BLOCK, type Fill, fillOf } from './fill.ts'

/** The first block: many runs draw little from most of their streams. It doubles up to BLOCK. */
const FIRST = 16

/**
 * Draws of one distribution from one random stream, for the simulator's hot loop: `next` reads from a block that
 * was filled ahead, so it is the same few instructions whatever the family. Same stream, same values: when a
 * block is filled and how large it is depends on the number of draws alone. The law is that of `sampler`
 * (distribution.ts), the slow and plain twin, the values are not.
 *
 * The stream must be this object's own: it is read ahead.
 */
export class Draws {
  private readonly distribution: Distribution
  private readonly random: Random
  private fill: Fill | null = null
  private block: Float64Array = NOTHING
  private used = 0
  private filled = 0

  constructor(distribution: Distribution, random: Random) {
    this.distribution = distribution
    this.random = random
  }

  /** The next draw, in the distribution's unit (ms). */
  next(): number {
    if (this.used === this.filled) this.refill()
    return this.block[this.used++]!
  }

  private refill(): void {
    if (this.fill === null) {
      this.fill = fillOf(this.distribution, this.random)
      this.block = newBlock()
    }
    this.filled = nextBlockSize(this.filled)
    this.fill(this.block, this.filled)
    this.used = 0
  }
}

const NOTHING = new Float64Array(0)

/** How much is drawn ahead after a block of `size` was used up: small at first, for short runs. */
export function nextBlockSize(size: number): number {
  return Math.min(BLOCK, Math.max(FIRST, 2 * size))
}

/** Blocks are cut from arrays of this many. */
const BLOCKS_TOGETHER = 16
let sheet = NOTHING
let cut = 0

/** A typed array of its own costs up to 2 us, because its memory lies outside the heap; a part of a larger one less. */
export function newBlock(): Float64Array {
  if (cut === sheet.length) {
    sheet = new Float64Array(BLOCKS_TOGETHER * BLOCK)
    cut = 0
  }
  cut += BLOCK
  return sheet.subarray(cut - BLOCK, cut)
}
