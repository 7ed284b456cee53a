import { describe, expect, it } from 'vitest'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { driftOf } from './drift.ts'
import { simulate } from './run.ts'

const model = handModel({ family: 'uniform', min: 5, max: 200 })
const runWith = (served: typeof model, seed = 3) =>
  simulate(autoscaled({ trace: constantLoad(15, 60_000), model: served, policy: 'threshold', seed }))

describe('drift', () => {
  it('is not called where the model is true, whatever the seed', () => {
    for (let seed = 1; seed <= 20; seed++) expect(driftOf(runWith(model, seed), model)).toEqual([])
  })

  it('names the class and the quantity that became slower, with both means', () => {
    const slower = handModel({ family: 'uniform', min: 20, max: 260 })
    const [drift, ...others] = driftOf(runWith(slower), model)
    expect(others).toEqual([])
    expect(drift).toMatchObject({ what: 'read: blocking' })
    expect(drift!.modelMsMean).toBe(102.5)
    expect(Math.abs(drift!.measuredMsMean - 140)).toBeLessThan(15)
  })

  it('is not called for a difference that is sure but harmless', () => {
    const alike = handModel({ family: 'uniform', min: 6, max: 201 })
    expect(driftOf(runWith(alike), model)).toEqual([])
  })

  it('sees starts that take longer', () => {
    const later = handModel({ family: 'uniform', min: 5, max: 200 }, 2600)
    const run = simulate(
      autoscaled({ trace: constantLoad(60, 60_000), model: later, policy: 'threshold', seed: 3 }),
    )
    expect(run.replicas.filter(({ state, atMs }) => state === 'ready' && atMs > 0)).toHaveLength(7)
    // Most requests of that run are given up, the long ones first: of the service nothing can be said.
    expect(driftOf(run, model).map(({ what }) => what)).toEqual(['cold start'])
    // From a stand-by a start takes another time: that is no drift of cold ones.
    const phases = { method: 'paused', createMs: 0, startMs: 2600, answerMs: null, checkMs: 0 } as const
    const fromStandby = run.replicas.map((event) => (event.state === 'ready' ? { ...event, phases } : event))
    expect(driftOf({ ...run, replicas: fromStandby }, model)).toEqual([])
  })
})
