import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from './drive.case.ts'
import { react } from './react.ts'

/** Arrivals whose load is that many replicas: service time 0.1 s, set point 1. */
const load = (replicas: number) => ({ arrivalsPerS: replicas * 10 })
const context = contextOf(react, ['utilisation=1'])

describe('react', () => {
  it.each([
    [6, 4, 8, 'too little: the load and 2 more'],
    [4, 4, 6, 'just enough is too little'],
    [4, 5, 5, 'a surplus of 1 stays'],
    [4, 6, 6, 'a surplus of 2 stays'],
    [4, 7, 6, 'more goes to 2 above the load'],
    [3.2, 9, 6, 'a part of a replica is a whole one: ceil(3.2) + 2'],
    [0, 9, 2, 'without load the margin is left'],
  ])('load %d on %d replicas: %d (%s)', (replicas, initial, target) => {
    expect(drive(react, context, [load(replicas)], initial)[0]!.target).toBe(target)
  })

  it('does not swing: a constant load moves it once, and then not', () => {
    const targets = drive(react, context, times(20, load(5)), 20).map(({ target }) => target)
    expect(targets).toEqual(times(20, 7))
  })

  it('reckons with the set point: 28/s x 0.1 s / 0.7 is 4 replicas, not 5 by a rounding error', () => {
    const steps = drive(react, contextOf(react, ['utilisation=0.7', 'margin=0']), [{ arrivalsPerS: 28 }], 9)
    expect(steps[0]!.target).toBe(4)
  })

  it('takes the model’s service time where none was measured; without arrivals it needs none', () => {
    const blind = { arrivalsPerS: 40, serviceMsMean: null }
    const known = { ...context, knowledge: { serviceMsMean: 100, startupMsMean: null } }
    expect(drive(react, known, [blind])[0]!.target).toBe(6)
    expect(drive(react, context, [blind])[0]).toMatchObject({ target: 2, kind: 'hold' })
    expect(drive(react, context, [{ arrivalsPerS: 0, serviceMsMean: null }], 9)[0]!.target).toBe(2)
  })
})
