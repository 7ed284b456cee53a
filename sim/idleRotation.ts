import type { Candidates, Rotation } from './rotation.ts'

/**
 * `leastconn` with maxconn 1: all servers with room have no connection, whatever their weight, so the one that has
 * been idle longest is next. A ring in place of the heap; OrderedRotation is its plain twin in the tests.
 */
export class IdleRotation implements Rotation {
  up = 0
  readonly #candidates: Candidates
  /** Servers as they became idle: a ring, from `first` on. A server that left since is skipped by its stamp. */
  #ring = new Int32Array(16)
  #stampOf = new Int32Array(16)
  #first = 0
  #count = 0
  #stamps = 0
  #isUp: boolean[] = []
  /** By server: the stamp of its place in the ring, 0 where it has none. */
  #stamp: number[] = []

  constructor(candidates: Candidates) {
    this.#candidates = candidates
  }

  join(server: number): void {
    this.#isUp[server] = true
    this.#stamp[server] = 0
    this.up++
    this.changed(server)
  }

  leave(server: number): void {
    this.#isUp[server] = false
    this.#stamp[server] = 0
    this.up--
  }

  used(): void {}

  changed(server: number): void {
    if (this.#candidates.inFlight[server] !== 0 || !this.#isUp[server]) this.#stamp[server] = 0
    else this.#append(server)
  }

  choose(): number {
    while (this.#count > 0) {
      const place = this.#first & (this.#ring.length - 1)
      const server = this.#ring[place]!
      if (this.#stamp[server] === this.#stampOf[place]) return server
      this.#first++
      this.#count--
    }
    return -1
  }

  #append(server: number): void {
    if (this.#count === this.#ring.length) this.#grow()
    const place = (this.#first + this.#count++) & (this.#ring.length - 1)
    this.#stamps = (this.#stamps + 1) | 0 || 1
    this.#ring[place] = server
    this.#stampOf[place] = this.#stamps
    this.#stamp[server] = this.#stamps
  }

  #grow(): void {
    const { length } = this.#ring
    const ring = new Int32Array(2 * length)
    const stampOf = new Int32Array(2 * length)
    for (let i = 0; i < this.#count; i++) {
      const from = (this.#first + i) & (length - 1)
      ring[i] = this.#ring[from]!
      stampOf[i] = this.#stampOf[from]!
    }
    this.#ring = ring
    this.#stampOf = stampOf
    this.#first = 0
  }
}
