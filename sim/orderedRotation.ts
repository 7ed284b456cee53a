import { NONE } from './requests.ts'
import type { Candidates, Rotation } from './rotation.ts'

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
export class OrderedRotation implements Rotation {
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
