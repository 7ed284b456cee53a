import { describe, expect, it } from 'vitest'
import { elasticityOf } from '../analysis/elasticity.ts'
import { DEFAULT_SERVICE } from '../control/service.ts'
import { constantLoad, handModel } from '../test/support.ts'
import type { Trace } from '../traces/trace.ts'
import { demandOf } from './demand.ts'

const SLO = { sloMs: 500, eps: 0.05 }
const model = handModel({ family: 'exponential', mean: 100 })
const service = { ...DEFAULT_SERVICE, maxconn: 1 }
const demand = (trace: Trace, stepMs?: number) => demandOf({ trace, model, service }, SLO, stepMs)

describe('the demand curve', () => {
  // One server: P(R > t) = exp(-(1 - rho) t / S), 5 % at rho = 1 + S/t ln 0.05 = 0.40085: 4.0085 requests/s.
  it.each([
    { ratePerS: 0, replicas: 1 },
    { ratePerS: 4, replicas: 1 },
    { ratePerS: 4.02, replicas: 2 },
  ])('$ratePerS/s of 100 ms each want $replicas', ({ ratePerS, replicas }) => {
    expect(demand(constantLoad(ratePerS, 60_000))).toEqual({ atMs: [0], values: [replicas] })
  })

  it('never asks for fewer than the load keeps busy, and never falls while the load rises', () => {
    const rise: Trace = {
      ...constantLoad(0, 60_000),
      load: {
        kind: 'rate',
        points: [
          { atMs: 0, ratePerS: 0 },
          { atMs: 60_000, ratePerS: 60 },
        ],
      },
    }
    const { atMs, values } = demand(rise)
    expect(values[0]).toBe(1)
    expect(values).toEqual([...values].sort((a, b) => a - b))
    atMs.forEach((at, i) => {
      expect(values[i]!).toBeGreaterThan(((at + 500) / 1000) * 0.1)
    })
    expect(values.at(-1)).toBeGreaterThanOrEqual(7)
  })

  it('changes when the rate does, and holds until it changes again', () => {
    const jump: Trace = {
      ...constantLoad(0, 30_000),
      load: {
        kind: 'rate',
        points: [
          { atMs: 0, ratePerS: 4 },
          { atMs: 10_000, ratePerS: 4 },
          { atMs: 10_000, ratePerS: 20 },
          { atMs: 20_000, ratePerS: 20 },
          { atMs: 20_000, ratePerS: 4 },
        ],
      },
    }
    const curve = demand(jump)
    expect(curve.atMs).toEqual([0, 10_000, 20_000])
    expect([curve.values[0], curve.values[2]]).toEqual([1, 1])
    const peak = curve.values[1]!
    expect(peak).toBeGreaterThan(2)
    // One replica throughout is too few for a third of the time, and lacks (peak - 1)/peak of the demand in it.
    const judged = elasticityOf(curve, { atMs: [0], values: [1] }, { durationMs: 30_000, stepMs: 1000 })
    expect(judged.tauU).toBeCloseTo(1 / 3, 12)
    expect(judged.thetaU).toBeCloseTo((peak - 1) / peak / 3, 12)
  })

  it('a step that the trace does not fill is as long as what is left of it', () => {
    expect(demand(constantLoad(4.02, 2500), 2000)).toEqual({ atMs: [0], values: [2] })
  })

  it('a closed loop of users is refused', () => {
    const users: Trace = {
      ...constantLoad(1, 1000),
      load: { kind: 'users', points: [{ atMs: 0, users: 3 }], think: { kind: 'constant', ms: 10 } },
    }
    expect(() => demand(users)).toThrow(/trace constant/)
  })
})
