import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Behavior,
  normaliseWithBehavior,
  normaliseWithoutBehavior,
  noteChange,
  type ScalingRules,
  startHistory,
} from './behavior.ts'

const S = 1000
const BOUNDS = { min: 1, max: 100 }
const up = (different: Partial<ScalingRules> = {}): ScalingRules => ({
  windowMs: 0,
  select: 'max',
  policies: [
    { kind: 'pods', value: 4, periodMs: 15 * S },
    { kind: 'percent', value: 100, periodMs: 15 * S },
  ],
  ...different,
})
const down = (different: Partial<ScalingRules> = {}): ScalingRules => ({
  windowMs: 300 * S,
  select: 'max',
  policies: [{ kind: 'percent', value: 100, periodMs: 15 * S }],
  ...different,
})
const DEFAULTS: Behavior = { up: up(), down: down() }

/** Proposals by their second; the replicas after each. A `behavior` of null is the path without. */
function drive(
  behavior: Behavior | null,
  initial: number,
  proposals: [atS: number, proposal: number][],
  bounds = BOUNDS,
) {
  let history = startHistory(initial, proposals[0]![0] * S)
  let current = initial
  return proposals.map(([atS, proposal]) => {
    const wish = { nowMs: atS * S, current, proposal, bounds }
    const answer = behavior
      ? normaliseWithBehavior(wish, history, behavior)
      : normaliseWithoutBehavior(wish, history, 300 * S)
    history = answer.history
    if (behavior && answer.replicas !== current)
      history = noteChange(history, behavior, { nowMs: wish.nowMs, from: current, to: answer.replicas })
    current = answer.replicas
    return current
  })
}

const everySync = (proposal: number, fromS: number, toS: number) =>
  Array.from({ length: (toS - fromS) / 15 + 1 }, (_, i): [number, number] => [fromS + 15 * i, proposal])

describe('without a behavior', () => {
  it('one replica that should be ten goes to 4, 8, 10: at most max(2 n, 4)', () => {
    expect(drive(null, 1, everySync(10, 15, 45))).toEqual([4, 8, 10])
  })

  it('ten that should be two stay ten while a proposal of ten is at most 300 s old', () => {
    const steps = drive(null, 10, [[15, 10], ...everySync(2, 30, 360)])
    // The last proposal of ten is of second 15; at 315 it is exactly 300 s old, and counts.
    expect(steps.filter((replicas) => replicas === 10)).toHaveLength((315 - 15) / 15 + 1)
    expect(steps.slice(21)).toEqual([2, 2, 2])
  })

  it('stays within the bounds', () => {
    expect(drive(null, 6, [[15, 50]], { min: 2, max: 7 })).toEqual([7])
    expect(drive(null, 2, everySync(0, 15, 330), { min: 2, max: 7 }).at(-1)).toBe(2)
  })

  it('kubernetes#96671: scales out to 8 although the metric asks for one replica', () => {
    // A moment's proposal of 20 is remembered, and the limit on scaling out has let through only 4 of it.
    expect(
      drive(null, 1, [
        [15, 20],
        [30, 1],
        [45, 1],
        [60, 1],
      ]),
    ).toEqual([4, 8, 16, 20])
  })
})

describe('with the default behavior', () => {
  it('one replica that should be ten goes to 5, and in the next period to 10', () => {
    expect(drive(DEFAULTS, 1, everySync(10, 15, 30))).toEqual([5, 10])
  })

  it('within a period no more than its policies allow: a second sync after 5 s adds nothing', () => {
    expect(
      drive(DEFAULTS, 1, [
        [15, 10],
        [20, 10],
        [29, 10],
        [30, 10],
      ]),
    ).toEqual([5, 5, 5, 10])
  })

  it('ten that should be two stay ten while a proposal of ten is less than 300 s old', () => {
    const steps = drive(DEFAULTS, 10, [[15, 10], ...everySync(2, 30, 345)])
    expect(steps.filter((replicas) => replicas === 10)).toHaveLength((300 - 15) / 15 + 1)
    expect(steps.at(-1)).toBe(2)
  })

  it('what there was at the start counts as a proposal', () => {
    expect(
      drive(DEFAULTS, 10, [
        [15, 2],
        [300, 2],
        [315, 2],
      ]),
    ).toEqual([10, 10, 2])
  })

  it("kubernetes#96671's own case: 3 replicas stay, where they became 4 when it was reported", () => {
    const slow = { ...DEFAULTS, up: up({ policies: [{ kind: 'pods', value: 1, periodMs: 120 * S }] }) }
    expect(
      drive(
        slow,
        2,
        [
          [0, 2],
          [60, 4],
          [120, 1],
          [180, 1],
        ],
        { min: 2, max: 10 },
      ),
    ).toEqual([2, 3, 3, 3])
  })
})

describe('policies and periods', () => {
  it.each<[string, Behavior, number, number, number]>([
    ['most of 4 and 100 %', DEFAULTS, 10, 50, 20],
    ['least of 4 and 100 %', { ...DEFAULTS, up: up({ select: 'min' }) }, 10, 50, 14],
    ['out disabled', { ...DEFAULTS, up: up({ select: 'disabled' }) }, 10, 50, 10],
    [
      '10 % of 11 out is 12.1, rounded up',
      { ...DEFAULTS, up: up({ policies: [{ kind: 'percent', value: 10, periodMs: S }] }) },
      11,
      50,
      13,
    ],
    [
      '10 % of 5 in is 4.5, rounded down',
      { ...DEFAULTS, down: down({ windowMs: 0, policies: [{ kind: 'percent', value: 10, periodMs: S }] }) },
      5,
      1,
      4,
    ],
    [
      'in by most of 2 and 50 %',
      {
        ...DEFAULTS,
        down: down({
          windowMs: 0,
          policies: [
            { kind: 'percent', value: 50, periodMs: S },
            { kind: 'pods', value: 2, periodMs: S },
          ],
        }),
      },
      10,
      1,
      5,
    ],
    [
      'in by least of 2 and 50 %',
      {
        ...DEFAULTS,
        down: down({
          windowMs: 0,
          select: 'min',
          policies: [
            { kind: 'percent', value: 50, periodMs: S },
            { kind: 'pods', value: 2, periodMs: S },
          ],
        }),
      },
      10,
      1,
      8,
    ],
    ['in disabled', { ...DEFAULTS, down: down({ windowMs: 0, select: 'disabled' }) }, 10, 1, 10],
  ])('%s', (_name, behavior, current, proposal, expected) => {
    expect(drive(behavior, current, [[15, proposal]])).toEqual([expected])
  })

  it('what went in the period may come again besides what may be added', () => {
    const both = {
      up: up({ policies: [{ kind: 'pods', value: 2, periodMs: 60 * S }] }),
      down: down({ windowMs: 0 }),
    }
    // 10 -> 4 at 15 s. At 30 s the period began with 10, so 12 are allowed; a period later only 4 + 2.
    expect(
      drive(both, 10, [
        [15, 4],
        [30, 20],
      ]),
    ).toEqual([4, 12])
    expect(
      drive(both, 10, [
        [15, 4],
        [75, 20],
      ]),
    ).toEqual([4, 6])
  })

  it('scales out to the lowest proposal of its window', () => {
    const careful = { ...DEFAULTS, up: up({ windowMs: 60 * S }) }
    expect(
      drive(careful, 2, [
        [15, 4],
        [30, 6],
        [60, 5],
        [74, 6],
        [75, 6],
        [121, 6],
      ]),
    ).toEqual([2, 2, 2, 2, 5, 6])
  })
})

it('law: with a behavior the result is between what there is and the latest proposal', () => {
  const rules = fc.record({
    windowMs: fc.integer({ min: 0, max: 300 }).map((s) => s * S),
    select: fc.constantFrom('max' as const, 'min' as const, 'disabled' as const),
    policies: fc.array(
      fc.record({
        kind: fc.constantFrom('pods' as const, 'percent' as const),
        value: fc.integer({ min: 1, max: 100 }),
        periodMs: fc.integer({ min: 1, max: 120 }).map((s) => s * S),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  fc.assert(
    fc.property(
      fc.record({ up: rules, down: rules }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 }),
      (behavior, initial, proposals) => {
        let before = initial
        drive(
          behavior,
          initial,
          proposals.map((proposal, i) => [15 * i, proposal]),
        ).forEach((replicas, i) => {
          expect(replicas).toBeGreaterThanOrEqual(Math.min(before, proposals[i]!))
          expect(replicas).toBeLessThanOrEqual(Math.max(before, proposals[i]!))
          before = replicas
        })
      },
    ),
  )
})

it('remembers no more than the windows hold', () => {
  let history = startHistory(2, 0)
  for (let atS = 0; atS <= 3600; atS += 15) {
    const wish = { nowMs: atS * S, current: 2, proposal: 2 + (atS % 2), bounds: BOUNDS }
    history = normaliseWithBehavior(wish, history, DEFAULTS).history
    history = noteChange(history, DEFAULTS, { nowMs: wish.nowMs, from: 2, to: 3 })
  }
  expect(history.proposals.length).toBeLessThanOrEqual(300 / 15 + 2)
  expect(history.added.length).toBeLessThanOrEqual(2)
})
