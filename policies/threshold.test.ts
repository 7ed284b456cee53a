import { describe, expect, it } from 'vitest'
import { parametersOf } from './parameters.ts'
import type { PolicyContext } from './policy.ts'
import { observation } from './testSupport.ts'
import { threshold } from './threshold.ts'

/** Feeds utilisations one second apart and returns the targets; the first has been in force before. */
function targets(utilisations: (number | null)[], initial: number, ...set: string[]): number[] {
  const context: PolicyContext = {
    parameters: parametersOf(threshold, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 4 },
    intervalMs: 1000,
  }
  let state = threshold.init(context)
  let target = initial
  return utilisations.map((utilisation, i) => {
    const answer = threshold.decide(
      context,
      observation({ nowMs: 1000 * (i + 1), utilisation, target }),
      state,
    )
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return target
  })
}

const rows: { name: string; given: (number | null)[]; initial: number; set: string[]; expected: number[] }[] =
  [
    {
      name: 'one tick above is not enough',
      given: [0.9, 0.6, 0.9],
      initial: 2,
      set: [],
      expected: [2, 2, 2],
    },
    { name: 'two in a row are', given: [0.9, 0.9], initial: 2, set: [], expected: [2, 3] },
    {
      name: 'exactly at the threshold is not above',
      given: [0.75, 0.75, 0.75],
      initial: 2,
      set: [],
      expected: [2, 2, 2],
    },
    {
      name: 'the cool-down spaces changes: at 2 s, then not before 5 s',
      given: [1, 1, 1, 1, 1],
      initial: 1,
      set: [],
      expected: [1, 2, 2, 2, 3],
    },
    {
      name: 'an unknown utilisation starts the count anew',
      given: [0.9, null, 0.9, 0.9],
      initial: 2,
      set: [],
      expected: [2, 2, 2, 3],
    },
    {
      name: 'not above the most replicas',
      given: [1, 1, 1, 1],
      initial: 4,
      set: ['upCooldownMs=0'],
      expected: [4, 4, 4, 4],
    },
    {
      name: 'a step of three is cut at the bound',
      given: [1, 1],
      initial: 2,
      set: ['step=3'],
      expected: [2, 4],
    },
    {
      name: 'in after the ticks below',
      given: [0.2, 0.2, 0.2],
      initial: 3,
      set: ['downTicks=3', 'downCooldownMs=0'],
      expected: [3, 3, 2],
    },
    {
      name: 'not in where the rest would be above high again: 0.44 x 2 / 1 = 0.88',
      given: [0.44, 0.44, 0.44],
      initial: 2,
      set: ['downTicks=2', 'downCooldownMs=0'],
      expected: [2, 2, 2],
    },
    {
      name: 'in where the rest would not be: 0.44 x 4 / 3 = 0.59',
      given: [0.44, 0.44],
      initial: 4,
      set: ['downTicks=2', 'downCooldownMs=0'],
      expected: [4, 3],
    },
    {
      name: 'never below the fewest',
      given: [0, 0, 0],
      initial: 1,
      set: ['downTicks=1', 'downCooldownMs=0'],
      expected: [1, 1, 1],
    },
  ]

describe('threshold', () => {
  it.each(rows)('$name', ({ given, initial, set, expected }) => {
    expect(targets(given, initial, ...set)).toEqual(expected)
  })
})
