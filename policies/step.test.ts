import { describe, expect, it } from 'vitest'
import { parametersOf } from './parameters.ts'
import type { Observation, PolicyContext } from './policy.ts'
import { adjustedCapacity, type StepAdjustment, step, stepFor } from './step.ts'
import { observation } from './testSupport.ts'

const MINUTE_MS = 60_000

function context(set: string[] = []): PolicyContext {
  return {
    parameters: parametersOf(step, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 100 },
    intervalMs: MINUTE_MS,
  }
}

/** A data point a tick; a step of null is a minute in which nothing happens but time. */
function drive(set: string[], initial: number, seen: (number | null | Partial<Observation>)[]) {
  const given = context(set)
  let state = step.init(given)
  let target = initial
  return seen.map((value, i) => {
    const different = typeof value === 'object' && value !== null ? value : { utilisation: value }
    const answer = step.decide(
      given,
      observation({ nowMs: MINUTE_MS * (i + 1), target, ...different }),
      state,
    )
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return { target, reason: answer.decision.reason }
  })
}

const targets = (steps: { target: number }[]) => steps.map(({ target }) => target)
const quiet = (minutes: number) => Array.from({ length: minutes }, () => null)

describe("the user guide's example", () => {
  it('60 %, 70 %, 40 %, 30 %, each after the warm-up: 10, 11, 14, 13, 10', () => {
    const steps = targets(drive([], 10, [0.6, ...quiet(5), 0.7, ...quiet(5), 0.4, 0.3]))
    expect([steps[0], steps[6], steps[12], steps[13]]).toEqual([11, 14, 13, 10])
  })

  it('while the new one warms up: 62 % adds nothing, 70 % only what is missing to 13', () => {
    expect(targets(drive([], 10, [0.6, 0.62, 0.7]))).toEqual([11, 11, 13])
  })

  it('between 40 % and 60 % nothing changes', () => {
    expect(targets(drive([], 10, [0.401, 0.45, 0.5, 0.55, 0.599]))).toEqual([10, 10, 10, 10, 10])
  })
})

const OUT: StepAdjustment[] = [
  { lower: 0, upper: 10, by: 1 },
  { lower: 10, upper: null, by: 2 },
]
const IN: StepAdjustment[] = [
  { lower: -10, upper: 0, by: -1 },
  { lower: null, upper: -10, by: -2 },
]

it.each<[number, 'above' | 'below', number | null]>([
  [0, 'above', 1],
  [9.999, 'above', 1],
  [10, 'above', 2],
  [-0.001, 'above', null],
  [0, 'below', -1],
  [-9.999, 'below', -1],
  [-10, 'below', -2],
  [0.001, 'below', null],
])('a breach of %d %s the threshold', (breach, side, by) => {
  expect(stepFor(side === 'above' ? OUT : IN, breach, side)?.by ?? null).toBe(by)
})

it.each<[string, number, number, number, number]>([
  ['12.7 -> 12', 127, 10, 1, 139],
  ['0.67 -> 1', 67, 1, 1, 68],
  ['-0.58 -> -1', 58, -1, 1, 57],
  ['-6.67 -> -6', 667, -1, 1, 661],
  ['0 is no change', 10, 0, 2, 10],
  ['25 % of 4, at least 2', 4, 25, 2, 6],
  ['-25 % of 4, at least 2', 4, -25, 2, 2],
])('per cent: %s', (_name, capacity, by, minMagnitude, expected) => {
  expect(adjustedCapacity(capacity, { by, type: 'percent', minMagnitude })).toBe(expected)
})

it('replicas more or less, and exactly so many, know no least step', () => {
  expect(adjustedCapacity(3, { by: 5, type: 'change', minMagnitude: 9 })).toBe(8)
  expect(adjustedCapacity(3, { by: 5, type: 'exact', minMagnitude: 9 })).toBe(5)
})

describe('the policy', () => {
  it('steps by replicas', () => {
    const set = ['adjustment=1', 'out1=2', 'in1=3', 'warmupMs=0']
    expect(targets(drive(set, 10, [0.65, 0.65, 0.35]))).toEqual([12, 14, 11])
  })

  it('sets an exact capacity', () => {
    const set = ['adjustment=2', 'out1=20', 'in1=4', 'warmupMs=0']
    expect(targets(drive(set, 10, [0.65, 0.65, 0.35, 0.5]))).toEqual([20, 20, 4, 4])
  })

  it('waits for as many data points in a row as the alarm wants; a missing one neither counts nor clears', () => {
    const set = ['outDataPoints=3', 'warmupMs=0']
    expect(targets(drive(set, 10, [0.65, 0.65, 0.45, 0.65, 0.65, null, 0.65]))).toEqual([
      10, 10, 10, 10, 10, 10, 11,
    ])
  })

  it('does not scale in while anything warms up', () => {
    const steps = drive([], 10, [0.65, 0.3])
    expect(steps[1]).toEqual({ target: 11, reason: 'data point 0.300, low alarm waits for a warm-up' })
    const starting = { utilisation: 0.3, replicas: { ready: 8, starting: 2, draining: 0, standby: 0 } }
    expect(drive([], 10, [starting])[0]!.target).toBe(10)
  })

  it('counts what is draining: the same alarm does not take the same replicas twice', () => {
    const draining = { utilisation: 0.35, replicas: { ready: 9, starting: 0, draining: 1, standby: 0 } }
    expect(targets(drive([], 10, [0.35, draining, 0.35]))).toEqual([9, 9, 8])
  })

  it('takes the mean over a data point', () => {
    const given = { ...context(['periodMs=3000']), intervalMs: 1000 }
    let state = step.init(given)
    const reasons = [0.5, null, 0.9].map((utilisation, i) => {
      const answer = step.decide(
        given,
        observation({ nowMs: 1000 * (i + 1), target: 10, utilisation }),
        state,
      )
      state = answer.state
      return answer.decision
    })
    expect(reasons.at(-1)).toEqual({ kind: 'scale', replicas: 13, reason: 'data point 0.700, high alarm' })
    expect(reasons[0]).toEqual({ kind: 'hold', reason: 'within a data point' })
  })

  it('stays within the bounds', () => {
    const given = { ...context(), replicas: { min: 9, max: 11 } }
    const at = (utilisation: number) =>
      step.decide(given, observation({ nowMs: MINUTE_MS, target: 10, utilisation }), step.init(given))
        .decision
    expect(at(1)).toMatchObject({ replicas: 11 })
    expect(at(0)).toMatchObject({ replicas: 9 })
  })
})
