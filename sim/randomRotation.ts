import type { Random } from '../base/random.ts'
import { NONE } from './requests.ts'
import type { Candidates, Rotation } from './rotation.ts'

/**
 * HAProxy's `random`: two draws, the one with fewer connections over weight (power of two choices). It draws
 * among all, and where the drawn one is full the request queues although another may be idle: it does not
 * conserve work (seen on HAProxy 2.6.12).
 */
export class RandomRotation implements Rotation {
  readonly #candidates: Candidates
  readonly #limit: number
  readonly #random: Random
  #servers: number[] = []

  constructor(candidates: Candidates, limit: number, random: Random) {
    this.#candidates = candidates
    this.#limit = limit
    this.#random = random
  }

  get up(): number {
    return this.#servers.length
  }

  join(server: number): void {
    this.#servers.push(server)
  }

  leave(server: number): void {
    this.#servers.splice(this.#servers.indexOf(server), 1)
  }

  changed(): void {}
  used(): void {}

  choose(): number {
    if (this.#servers.length === 0) return NONE
    const first = this.#draw()
    const second = this.#draw()
    const { inFlight, weight } = this.#candidates
    const drawn = inFlight[second]! / weight[second]! < inFlight[first]! / weight[first]! ? second : first
    return inFlight[drawn]! < this.#limit ? drawn : NONE
  }

  #draw(): number {
    return this.#servers[Math.floor(this.#random() * this.#servers.length)]!
  }
}
