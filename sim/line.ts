import { NONE, type Requests, WORD } from './requests.ts'

/**
 * A queue of requests, first come first served, from whose middle one may leave: a doubly linked list
 * through the requests' own columns. A request stands in at most one line at a time.
 *
 *     head -> slot -> slot -> tail      next, previous: columns of sim/requests.ts
 */
export class Line {
  head = NONE
  tail = NONE
  length = 0
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  join(slot: number): void {
    const { word } = this.#requests
    word[slot + WORD.previous] = this.tail
    word[slot + WORD.next] = NONE
    if (this.tail === NONE) this.head = slot
    else word[this.tail + WORD.next] = slot
    this.tail = slot
    this.length++
  }

  leave(slot: number): void {
    const { word } = this.#requests
    const after = word[slot + WORD.next]!
    const before = word[slot + WORD.previous]!
    if (before === NONE) this.head = after
    else word[before + WORD.next] = after
    if (after === NONE) this.tail = before
    else word[after + WORD.previous] = before
    this.length--
  }

  /** Takes the first one out; NONE where nobody waits. */
  shift(): number {
    const slot = this.head
    if (slot !== NONE) this.leave(slot)
    return slot
  }
}

/**
 * Those who may give up, in order of when they were sent: since all have the same patience, the first in
 * the line is the next to give up, and no heap is needed.
 */
export class DueLine {
  head = NONE
  #tail = NONE
  readonly #requests: Requests

  constructor(requests: Requests) {
    this.#requests = requests
  }

  join(slot: number): void {
    const { word } = this.#requests
    word[slot + WORD.previousDue] = this.#tail
    word[slot + WORD.nextDue] = NONE
    if (this.#tail === NONE) this.head = slot
    else word[this.#tail + WORD.nextDue] = slot
    this.#tail = slot
  }

  leave(slot: number): void {
    const { word } = this.#requests
    const after = word[slot + WORD.nextDue]!
    const before = word[slot + WORD.previousDue]!
    if (before === NONE) this.head = after
    else word[before + WORD.nextDue] = after
    if (after === NONE) this.#tail = before
    else word[after + WORD.previousDue] = before
  }
}
