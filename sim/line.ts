import type { Requests } from './requests.ts'

/**
 * A queue of requests, first come first served, from whose middle one may leave: a doubly linked list
 * through the requests' own rows. A request stands in at most one line at a time.
 *
 *     head -> slot -> slot -> tail      an end is a number below 0
 */
export class Line {
  head = -1
  tail = -1
  length = 0
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  join(slot: number): void {
    const requests = this.#requests
    const { tail } = this
    requests.setPrevious(slot, tail)
    requests.setNext(slot, -1)
    if (tail < 0) this.head = slot
    else requests.setNext(tail, slot)
    this.tail = slot
    this.length++
  }

  leave(slot: number): void {
    const requests = this.#requests
    const after = requests.next(slot)
    const before = requests.previous(slot)
    if (before < 0) this.head = after
    else requests.setNext(before, after)
    if (after < 0) this.tail = before
    else requests.setPrevious(after, before)
    this.length--
  }

  /** Takes the first one out; below 0 where nobody waits. */
  shift(): number {
    const slot = this.head
    if (slot >= 0) this.leave(slot)
    return slot
  }
}

/**
 * Those who may give up, in order of when they were sent: since all have the same patience, the first in
 * the line is the next to give up, and no heap is needed.
 */
export class DueLine {
  head = -1
  #tail = -1
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  join(slot: number): void {
    const requests = this.#requests
    const tail = this.#tail
    requests.setPreviousDue(slot, tail)
    requests.setNextDue(slot, -1)
    if (tail < 0) this.head = slot
    else requests.setNextDue(tail, slot)
    this.#tail = slot
  }

  leave(slot: number): void {
    const requests = this.#requests
    const after = requests.nextDue(slot)
    const before = requests.previousDue(slot)
    if (before < 0) this.head = after
    else requests.setNextDue(before, after)
    if (after < 0) this.#tail = before
    else requests.setPreviousDue(after, before)
  }
}
