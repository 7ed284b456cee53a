import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import { makeRotation } from './makeRotation.ts'
import { NONE } from './requests.ts'
import type { Candidates, Rotation } from './rotation.ts'

type Balance = 'leastconn' | 'roundrobin' | 'first'

const SERVERS = 6
const NO_CHANCE = () => 0

/** The rules of the documentation by looking at all servers each time. */
class PlainRotation implements Rotation {
  readonly #balance: Balance
  readonly #candidates: Candidates
  readonly #limit: number
  #servers: { server: number; joined: number; turn: number; changed: number }[] = []
  #clock = 0
  #uses = 0

  constructor(balance: Balance, candidates: Candidates, limit: number) {
    this.#balance = balance
    this.#candidates = candidates
    this.#limit = limit
  }

  get up(): number {
    return this.#servers.length
  }

  join(server: number): void {
    this.#servers.push({ server, joined: this.#clock++, turn: 0, changed: this.#clock++ })
  }

  leave(server: number): void {
    this.#servers = this.#servers.filter((one) => one.server !== server)
  }

  changed(server: number): void {
    const one = this.#servers.find((other) => other.server === server)
    if (one) one.changed = this.#clock++
  }

  used(server: number): void {
    const one = this.#servers.find((other) => other.server === server)!
    const { weight } = this.#candidates
    const weights = this.#servers.reduce((sum, other) => sum + weight[other.server]!, 0)
    one.turn = this.#uses++ + weights / weight[server]!
  }

  choose(): number {
    const { inFlight, weight } = this.#candidates
    const withRoom = this.#servers.filter(({ server }) => inFlight[server]! < this.#limit)
    const ranked = withRoom.map((one) => ({
      ...one,
      key: {
        leastconn: inFlight[one.server]! / weight[one.server]!,
        roundrobin: one.turn,
        first: one.joined,
      }[this.#balance],
    }))
    return ranked.sort((a, b) => a.key - b.key || a.changed - b.changed)[0]?.server ?? NONE
  }
}

const steps = fc.array(
  fc.record({
    do: fc.constantFrom('join', 'leave', 'give', 'give', 'give', 'end', 'end', 'weigh'),
    which: fc.nat(SERVERS - 1),
    weight: fc.constantFrom(1, 1, 0.5, 1 / 16),
  }),
  { maxLength: 150, size: 'max' },
)

describe('the rotation of servers', () => {
  it('chooses as looking at all servers would', () => {
    const balances = fc.constantFrom<Balance[]>('leastconn', 'roundrobin', 'first')
    const limits = fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY)
    fc.assert(
      fc.property(balances, limits, steps, (balance, limit, all) => {
        const candidates = { inFlight: new Int32Array(SERVERS), weight: new Float64Array(SERVERS).fill(1) }
        const fast = makeRotation(balance, candidates, limit, NO_CHANCE)
        const plain = new PlainRotation(balance, candidates, limit)
        const isUp = new Set<number>()
        for (const step of all) {
          take(step, { rotations: [fast, plain], candidates, isUp })
          expect(fast.choose()).toBe(plain.choose())
          expect(fast.up).toBe(isUp.size)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('roundrobin gives equal servers equal shares, and in a fixed order', () => {
    expect(chosen('roundrobin', { weights: [1, 1, 1], count: 7 })).toEqual([0, 1, 2, 0, 1, 2, 0])
  })

  it('leastconn among equals takes the one that has had its number longest', () => {
    const { rotation, candidates } = rotationOf('leastconn', [1, 1, 1])
    give(rotation, candidates)
    expect(rotation.choose()).toBe(1)
    candidates.inFlight[0]!--
    rotation.changed(0)
    expect(rotation.choose()).toBe(1)
  })

  it('leastconn without limit shares in proportion to weight', () => {
    const { rotation, candidates } = rotationOf('leastconn', [1, 0.5, 0.25])
    for (let i = 0; i < 70; i++) give(rotation, candidates)
    expect([...candidates.inFlight]).toEqual([40, 20, 10])
  })

  it('random: two draws, the less busy one, among those that are drawn', () => {
    const counts = randomCounts([0, 1, 2], Number.POSITIVE_INFINITY)
    // Of nine pairs five have server 0, of the other four three have server 1.
    for (const [server, share] of [5 / 9, 3 / 9, 1 / 9].entries()) expectShare(counts[server]!, share)
  })

  it('random: a drawn server that is full means waiting, although another is idle', () => {
    const counts = randomCounts([0, 1, 1], 1)
    expectShare(counts[0]!, 5 / 9)
    expectShare(counts[NONE]!, 4 / 9)
  })

  it('random: nobody is there', () => {
    const { rotation } = rotationOf('random', [1])
    rotation.leave(0)
    expect(rotation.choose()).toBe(NONE)
  })
})

const DRAWS = 20_000

/** Within 4 standard errors: a right one fails 1 time in 16,000, and the seed is fixed. */
function expectShare(count: number, share: number): void {
  expect(Math.abs(count / DRAWS - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / DRAWS))
}

function randomCounts(inFlight: number[], limit: number): Record<number, number> {
  const { rotation, candidates } = rotationOf('random', [1, 1, 1], limit)
  candidates.inFlight.set(inFlight)
  const counts: Record<number, number> = {}
  for (let i = 0; i < DRAWS; i++) {
    const server = rotation.choose()
    counts[server] = (counts[server] ?? 0) + 1
  }
  return counts
}

function rotationOf(
  balance: Balance | 'random',
  weights: readonly number[],
  limit = Number.POSITIVE_INFINITY,
): { rotation: Rotation; candidates: Candidates } {
  const candidates = { inFlight: new Int32Array(weights.length), weight: Float64Array.from(weights) }
  const rotation = makeRotation(balance, candidates, limit, stream(1, 'balance'))
  for (const server of weights.keys()) rotation.join(server)
  return { rotation, candidates }
}

function give(rotation: Rotation, candidates: Candidates): number {
  const server = rotation.choose()
  candidates.inFlight[server]!++
  rotation.used(server)
  rotation.changed(server)
  return server
}

function chosen(balance: Balance, { weights, count }: { weights: number[]; count: number }): number[] {
  const { rotation, candidates } = rotationOf(balance, weights)
  return Array.from({ length: count }, () => give(rotation, candidates))
}

/** One step for all rotations, on the same candidates. */
function take(
  step: { do: string; which: number; weight: number },
  { rotations, candidates, isUp }: { rotations: Rotation[]; candidates: Candidates; isUp: Set<number> },
): void {
  const { which } = step
  const all = (act: (rotation: Rotation) => void) => rotations.forEach(act)
  if (step.do === 'join' && !isUp.has(which)) {
    isUp.add(which)
    all((rotation) => rotation.join(which))
  } else if (step.do === 'leave' && isUp.delete(which)) all((rotation) => rotation.leave(which))
  else if (step.do === 'end' && candidates.inFlight[which]! > 0) {
    candidates.inFlight[which]!--
    all((rotation) => rotation.changed(which))
  } else if (step.do === 'weigh') {
    candidates.weight[which] = step.weight
    // A server that has never joined is unknown to the rotation.
    if (isUp.has(which)) all((rotation) => rotation.changed(which))
  } else if (step.do === 'give') {
    const server = rotations[0]!.choose()
    if (server === NONE) return
    candidates.inFlight[server]!++
    all((rotation) => rotation.used(server))
    all((rotation) => rotation.changed(server))
  }
}
