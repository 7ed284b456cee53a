import type { Random } from '../base/random.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { NONE } from './requests.ts'

/** What a balance algorithm sees of the servers, by index. */
export interface Candidates {
  /** Requests at each server. */
  readonly inFlight: Int32Array
  /** Share of its full weight that a server has (slow start), above 0, at most 1. */
  readonly weight: Float64Array
}

/**
 * The servers that take new requests, and which one gets the next. `limit` is maxconn.
 * join: a server is up; leave: no longer; changed: its inFlight or weight is another now.
 */
export interface Rotation {
  /** Servers that are up, with room or without. */
  readonly up: number
  join(server: number): void
  leave(server: number): void
  changed(server: number): void
  /** The server for the next request, or NONE: then the request waits in the backend's queue. */
  choose(): number
  /** It was given a request: called before `changed`. */
  used(server: number): void
}

export function makeRotation(
  balance: ServiceSettings['balance'],
  candidates: Candidates,
  limit: number,
  random: Random,
): Rotation {
  if (balance === 'random') return new RandomRotation(candidates, limit, random)
  if (balance === 'leastconn' && limit === 1) return new IdleRotation(candidates)
  return new OrderedRotation(balance, candidates, limit)
}

/**
 * HAProxy's algorithms on servers in an order (configuration manual 2.6, 4.2 `balance`):
 *
 *     leastconn   fewest connections over weight; among equals the one that has had that number longest
 *                 (2.6 moves a server to the end of its equals whenever its number changes: lb_fwlc.c)
 *     roundrobin  the one whose turn is next: after use, turn = uses so far + sum of weights / own weight
 *     first       the first in order of joining
 *
 * All look for a server with room, so only those are in the heap: an indexed binary heap by (key, stamp),
 * which makes a choice cost log(servers).
 */
class OrderedRotation implements Rotation {
  up = 0
  readonly #balance: 'leastconn' | 'roundrobin' | 'first'
  readonly #candidates: Candidates
  readonly #limit: number
  #heap: number[] = []
  /** By server: its place in the heap or NONE, its key and stamp, whether it is up. */
  #place: number[] = []
  #key: number[] = []
  #stamp: number[] = []
  #isUp: boolean[] = []
  #turn: number[] = []
  #joined: number[] = []
  #stamps = 0
  #uses = 0
  /** Sum of the weights of the servers that are up, and what each has in it. */
  #weights = 0
  #weighed: number[] = []

  constructor(balance: 'leastconn' | 'roundrobin' | 'first', candidates: Candidates, limit: number) {
    this.#balance = balance
    this.#candidates = candidates
    this.#limit = limit
  }

  join(server: number): void {
    while (this.#place.length <= server) {
      this.#place.push(NONE)
      this.#key.push(0)
      this.#stamp.push(0)
      this.#isUp.push(false)
      this.#turn.push(0)
      this.#joined.push(0)
      this.#weighed.push(0)
    }
    this.#isUp[server] = true
    this.#turn[server] = 0
    this.#joined[server] = this.#stamps++
    this.up++
    this.changed(server)
  }

  leave(server: number): void {
    this.#isUp[server] = false
    this.up--
    this.changed(server)
  }

  used(server: number): void {
    this.#turn[server] = this.#uses++ + this.#weights / this.#weighed[server]!
  }

  choose(): number {
    return this.#heap.length > 0 ? this.#heap[0]! : -1
  }

  changed(server: number): void {
    this.#weigh(server)
    const place = this.#place[server]!
    const inFlight = this.#candidates.inFlight[server]!
    if (!this.#isUp[server] || inFlight >= this.#limit) {
      if (place !== NONE) this.#remove(place)
      return
    }
    this.#key[server] = this.#keyOf(server, inFlight)
    this.#stamp[server] = this.#stamps++
    if (place !== NONE) return this.#sift(place)
    this.#place[server] = this.#heap.length
    this.#heap.push(server)
    this.#sift(this.#heap.length - 1)
  }

  #weigh(server: number): void {
    const weight = this.#isUp[server] ? this.#candidates.weight[server]! : 0
    this.#weights += weight - this.#weighed[server]!
    this.#weighed[server] = weight
  }

  #keyOf(server: number, inFlight: number): number {
    if (this.#balance === 'leastconn') return inFlight / this.#candidates.weight[server]!
    return this.#balance === 'roundrobin' ? this.#turn[server]! : this.#joined[server]!
  }

  #remove(place: number): void {
    this.#place[this.#heap[place]!] = NONE
    const last = this.#heap.pop()!
    if (place === this.#heap.length) return
    this.#heap[place] = last
    this.#place[last] = place
    this.#sift(place)
  }

  /** Puts the server at `place` where it belongs. */
  #sift(place: number): void {
    const heap = this.#heap
    const server = heap[place]!
    let hole = place
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!this.#before(server, heap[parent]!)) break
      heap[hole] = heap[parent]!
      this.#place[heap[hole]!] = hole
      hole = parent
    }
    for (;;) {
      let child = 2 * hole + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++
      if (!this.#before(heap[child]!, server)) break
      heap[hole] = heap[child]!
      this.#place[heap[hole]!] = hole
      hole = child
    }
    heap[hole] = server
    this.#place[server] = hole
  }

  #before(a: number, b: number): boolean {
    const difference = this.#key[a]! - this.#key[b]!
    return difference < 0 || (difference === 0 && this.#stamp[a]! < this.#stamp[b]!)
  }
}

/**
 * `leastconn` with maxconn 1: all servers with room have no connection, whatever their weight, so the one that has
 * been idle longest is next. A ring in place of the heap; OrderedRotation is its plain twin in the tests.
 */
class IdleRotation implements Rotation {
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

/**
 * HAProxy's `random`: two draws, the one with fewer connections over weight (power of two choices). It draws
 * among all, and where the drawn one is full the request queues although another may be idle: it does not
 * conserve work (seen on HAProxy 2.6.12).
 */
class RandomRotation implements Rotation {
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
