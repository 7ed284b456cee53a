import type { Random } from '../../base/random.ts'

/** A search in the unit cube that is asked for a generation of candidates and told how they rank. */
export interface Search {
  ask(): number[][]
  /** The candidates of the last generation, the best one first. */
  tell(bestFirst: readonly (readonly number[])[]): void
  /** Where the search believes the best to be, which need not have been asked for; null where it has no belief. */
  belief(): number[] | null
}

/** The yardstick: uniform in the cube, learning nothing. */
export class RandomSearch implements Search {
  readonly #dimension: number
  readonly #size: number
  readonly #random: Random

  constructor(dimension: number, random: Random, size = 10) {
    this.#dimension = dimension
    this.#size = size
    this.#random = random
  }

  ask(): number[][] {
    return Array.from({ length: this.#size }, () =>
      Array.from({ length: this.#dimension }, () => this.#random()),
    )
  }

  tell(): void {}

  belief(): null {
    return null
  }
}
