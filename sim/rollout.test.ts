import { describe, expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { NO_KNOWLEDGE, type RolloutQuestion } from '../policies/policy.ts'
import { handModel } from '../test/support.ts'
import type { Distribution } from './distribution.ts'
import { rolloutOf, warmedUp } from './rollout.ts'

const twinOf = (service: Distribution) =>
  rolloutOf({
    model: handModel(service, 500),
    control: { ...DEFAULT_CONTROL, knowledge: NO_KNOWLEDGE },
    service: DEFAULT_SERVICE,
    mix: { read: 3, write: 1 },
  })
const fixed = twinOf({ family: 'deterministic', value: 100 })
const random = twinOf({ family: 'exponential', mean: 100 })

const question = (different: Partial<RolloutQuestion>): RolloutQuestion => ({
  seed: 1,
  paths: 4,
  horizonMs: 2000,
  arrivalsPerS: [0],
  replicas: { ready: 1, starting: 0, draining: 0, standby: 0 },
  backlog: 0,
  targets: [1],
  sloMs: 500,
  ...different,
})
const ready = (count: number, starting = 0) => ({ ready: count, starting, draining: 0, standby: 0 })

describe('a rollout', () => {
  // 100 ms each, decisions act after 5 ms. One replica answers at 100, 200, ..., 1000. The second one is there at 505: the
  // first has answered five, answers the next at 600, the second one at 605.
  it.each([
    { targets: [1], sloMs: 650, expected: [0.4] },
    { targets: [1], sloMs: 600, expected: [0.5] },
    { targets: [1, 2], sloMs: 650, expected: [0.4, 0.3] },
    { targets: [3, 1], sloMs: 650, expected: [0.2, 0.4] },
  ])('works off ten that wait, by hand: $targets within $sloMs ms', ({ targets, sloMs, expected }) => {
    const answers = fixed(question({ backlog: 10, targets, sloMs }))
    expect(answers.map(({ target }) => target)).toEqual(targets)
    for (const [i, { violationShare }] of answers.entries())
      expect(violationShare).toBeCloseTo(expected[i]!, 12)
  })

  it('counts replicas from being asked for until they are gone, over the horizon', () => {
    const seconds = (targets: number[], count: number) =>
      fixed(question({ targets, replicas: ready(count) })).map(({ replicaSeconds }) => replicaSeconds)
    const [one, two] = seconds([1, 2], 1)
    expect(one).toBeCloseTo(2, 12)
    expect(two).toBeCloseTo(2 + 1.995, 12)
    // Two are stopped at 5 ms and gone 300 ms later.
    expect(seconds([1], 3)[0]).toBeCloseTo(2 + 2 * 0.305, 12)
  })

  it('takes starting replicas for just begun, and one that is no longer wanted costs nothing', () => {
    const before = fixed(question({ backlog: 10, targets: [1, 2], sloMs: 650 }))
    expect(fixed(question({ backlog: 10, targets: [1, 2], sloMs: 650, replicas: ready(1, 1) }))).toEqual(
      before,
    )
  })

  it('without a ready replica has all requests fail, and without requests none', () => {
    expect(fixed(question({ backlog: 3, replicas: ready(0) }))[0]!.violationShare).toBe(1)
    expect(fixed(question({}))[0]!.violationShare).toBe(0)
  })

  it('is a pure function of the question; a target’s answer does not depend on the others', () => {
    const asked = question({ arrivalsPerS: [20, 30, 30], backlog: 5, targets: [2, 3, 4], replicas: ready(2) })
    const answers = random(asked)
    expect(random(asked)).toEqual(answers)
    expect(random({ ...asked, targets: [4, 4, 2] })).toEqual([answers[2], answers[2], answers[0]])
    expect(random({ ...asked, seed: 2 })).not.toEqual(answers)
  })

  it('meets each target with the same chance, so that more replicas are never worse', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const asked = {
        seed,
        paths: 1,
        arrivalsPerS: [25],
        targets: [2, 3, 4, 5, 6],
        replicas: ready(2),
        sloMs: 300,
      }
      const shares = random(question(asked)).map(({ violationShare }) => violationShare)
      expect(shares).toEqual([...shares].sort((a, b) => b - a))
    }
  })

  it('answers the same after it was warmed up, where there is one', () => {
    const asked = question({ arrivalsPerS: [20], targets: [2, 3] })
    const before = random(asked)
    expect(warmedUp(random)!(asked)).toEqual(before)
    expect(warmedUp(null)).toBeNull()
  })

  it('brings the arrivals that were asked for, by interval, and goes on with the last rate', () => {
    const share = (arrivalsPerS: number[], horizonMs: number) =>
      random(question({ arrivalsPerS, horizonMs, sloMs: 1e-9, replicas: ready(8), targets: [8] }))[0]!
        .violationShare
    expect(share([0, 50], 1000)).toBe(0)
    expect(share([0, 50], 2000)).toBe(1)
    expect(share([0, 50, 0], 5000)).toBe(1)
    expect(share([0, 0], 5000)).toBe(0)
  })
})
