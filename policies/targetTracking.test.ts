import { describe, expect, it } from 'vitest'
import { parametersOf } from './parameters.ts'
import type { Observation, PolicyContext } from './policy.ts'
import { proportional, targetTracking } from './targetTracking.ts'
import { observation } from './testSupport.ts'

const MINUTE_MS = 60_000

/** A data point a tick; the target follows the decisions, and all replicas are ready at once. */
function drive(set: string[], initial: number, seen: Partial<Observation>[]) {
  const given: PolicyContext = {
    parameters: parametersOf(targetTracking, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 40 },
    intervalMs: MINUTE_MS,
  }
  let state = targetTracking.init(given)
  let target = initial
  return seen.map((different, i) => {
    const now = observation({ nowMs: MINUTE_MS * (i + 1), target, ...different })
    const answer = targetTracking.decide(given, now, state)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return target
  })
}

const minutes = (count: number, utilisation: number | null) =>
  Array.from({ length: count }, () => ({ utilisation }))

it('n = 4, target 50 %, metric 80 %: 7, after three data points', () => {
  expect(drive([], 4, minutes(3, 0.8))).toEqual([4, 4, 7])
})

it.each<[string, number, number, number, number]>([
  ['1.5 instances more are 2', 3, 0.75, 0.5, 5],
  ['1.5 instances fewer are 1', 3, 0.25, 0.5, 2],
  ['a whole number is not rounded up: 3 x 0.7 / 0.3', 3, 0.7, 0.3, 7],
  ['nothing to do', 5, 0, 0.5, 0],
])('proportional: %s', (_name, current, value, target, expected) => {
  expect(proportional(current, value, target)).toBe(expected)
})

describe('alarms', () => {
  it('low: 15 data points below 0.9 of the target, 45 %', () => {
    expect(drive([], 10, minutes(15, 0.2))).toEqual([...minutes(14, 0).map(() => 10), 4])
    expect(drive([], 10, minutes(40, 0.45)).at(-1)).toBe(10)
  })

  it('one data point between the alarms starts both anew', () => {
    const seen = [...minutes(2, 0.8), ...minutes(1, 0.5), ...minutes(2, 0.8)]
    expect(drive([], 4, seen).at(-1)).toBe(4)
    expect(drive([], 10, [...minutes(14, 0.2), ...minutes(1, 0.5), ...minutes(14, 0.2)]).at(-1)).toBe(10)
  })

  it('missing data never scales, in or out', () => {
    expect(drive([], 10, [...minutes(14, 0.2), ...minutes(20, null)]).at(-1)).toBe(10)
    expect(drive([], 4, [...minutes(2, 0.8), ...minutes(20, null)]).at(-1)).toBe(4)
  })

  it('a longer standing high alarm adds only what the metric over the warm capacity wants', () => {
    // 4 x 0.8 / 0.5 are 7; then 4 (the 3 others warm up) x 0.9 / 0.5 are 8.
    expect(drive([], 4, [...minutes(3, 0.8), ...minutes(1, 0.6), ...minutes(1, 0.9)])).toEqual([
      4, 4, 7, 7, 8,
    ])
  })

  it('scales in only after the warm-up', () => {
    const set = ['outDataPoints=1', 'inDataPoints=1']
    expect(drive(set, 4, [...minutes(1, 0.8), ...minutes(6, 0.1)])).toEqual([7, 7, 7, 7, 7, 2, 1])
  })

  it('scaleIn=0 never scales in', () => {
    expect(drive(['scaleIn=0'], 10, minutes(60, 0)).at(-1)).toBe(10)
  })
})

it('requests/s a replica: 60/s on 4 replicas with a target of 10', () => {
  const seen = Array.from({ length: 3 }, () => ({ arrivalsPerS: 60 }))
  expect(drive(['metric=1', 'requestsPerS=10'], 4, seen)).toEqual([4, 4, 6])
  const none = { arrivalsPerS: 60, replicas: { ready: 0, starting: 4, draining: 0, standby: 0 } }
  expect(drive(['metric=1'], 4, [none, none, none])).toEqual([4, 4, 4])
})
