import { describe, expect, it } from 'vitest'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { beyondCalibration, calibratedBy, needsOf } from './calibrated.ts'
import { simulate } from './run.ts'

const model = handModel({ family: 'exponential', mean: 100 })
const range = { arrivalsPerS: 24, replicas: 3, concurrentStarts: 2 }
const fitted = { ...model, name: 'fast', calibrated: range }

describe('what a run asked of its model', () => {
  const record = simulate(autoscaled({ trace: constantLoad(20, 30_000), model, policy: 'pid' }))
  const needs = needsOf(record)

  it('is its busiest five seconds, its most ready replicas, and its most starts at once', () => {
    expect(needs.arrivalsPerS).toBeGreaterThan(18)
    expect(needs.arrivalsPerS).toBeLessThan(32)
    expect(needs.replicas).toBe(
      Math.max(...record.ticks.map(({ observation }) => observation.replicas.ready)),
    )
    expect(needs.concurrentStarts).toBe(
      Math.max(...record.ticks.map(({ observation }) => observation.replicas.starting)),
    )
  })

  it('of several runs the most of each is what a model is calibrated with', () => {
    const quiet = simulate(autoscaled({ trace: constantLoad(2, 30_000), model, policy: 'static' }))
    expect(calibratedBy([quiet, record])).toEqual(needs)
  })

  it('replicas that were there before time 0 did not start', () => {
    const idle = simulate(autoscaled({ trace: constantLoad(2, 10_000), model, policy: 'static' }))
    expect(needsOf(idle)).toMatchObject({ replicas: 1, concurrentStarts: 0 })
  })
})

describe('beyond the calibration', () => {
  it('says up to where, what there was, and how many times that is', () => {
    expect(beyondCalibration(fitted, { arrivalsPerS: 85, replicas: 8, concurrentStarts: 2 })).toEqual([
      'the model fast was calibrated up to 24 requests/s and 3 replicas: this run had 85 requests/s (3.5 times) and 8 replicas (2.7 times)',
    ])
    expect(beyondCalibration(fitted, { ...range, concurrentStarts: 7 })).toEqual([
      'the model fast was calibrated up to 2 starts at once: this run had 7 starts at once (3.5 times)',
    ])
  })

  it('what was never measured has no factor', () => {
    const none = { ...fitted, calibrated: { ...range, concurrentStarts: 0 } }
    expect(beyondCalibration(none, { ...range, concurrentStarts: 1 })).toEqual([
      'the model fast was calibrated up to 0 starts at once: this run had 1 start at once',
    ])
  })

  it.each([
    ['inside', range],
    [
      'as far as was verified: 3 times the rate, 2 times the replicas, 3 times the starts',
      { arrivalsPerS: 72, replicas: 6, concurrentStarts: 6 },
    ],
    ['nothing happens', { arrivalsPerS: 0, replicas: 1, concurrentStarts: 0 }],
  ])('is not: %s', (_name, needs) => {
    expect(beyondCalibration(fitted, needs)).toEqual([])
  })

  it('is not said of a model of which nobody knows', () => {
    expect(beyondCalibration(model, { arrivalsPerS: 1e6, replicas: 1000, concurrentStarts: 999 })).toEqual([])
  })
})
