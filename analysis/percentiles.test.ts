import { expect, it } from 'vitest'
import { simulate } from '../sim/run.ts'
import { arrivalsAt, fixedFleet, handModel } from '../test/support.ts'
import { percentileBand, percentileCurve, STRETCHED } from './percentiles.ts'

const at = (p: number) => STRETCHED.findIndex((one) => Math.abs(one - p) < 1e-9)

it('each factor of ten fewer requests has the same number of points', () => {
  expect(STRETCHED[0]).toBe(0)
  expect(at(0.99) - at(0.9)).toBe(at(0.999) - at(0.99))
  expect(at(0.9999)).toBe(STRETCHED.length - 1)
})

it('ten equal requests, far apart: their time up to 90 %, and nothing beyond what ten can tell', () => {
  const trace = arrivalsAt(
    Array.from({ length: 10 }, (_, i) => 500 + 900 * i),
    10_000,
  )
  const model = handModel({ family: 'deterministic', value: 100 })
  const curve = percentileCurve(simulate(fixedFleet({ trace, model, replicas: 1 })))
  expect(curve[0]).toBeCloseTo(100, 6)
  expect(curve[at(0.9)]).toBeCloseTo(100, 6)
  expect(curve.slice(at(0.9) + 1).every((value) => value === null)).toBe(true)
})

it('the band is known where every run tells the percentile', () => {
  const curve = (last: number | null) =>
    STRETCHED.map((_, k) => (k < 2 ? 10 * (k + 1) : k === 2 ? last : null))
  const band = percentileBand([curve(50), curve(null)])
  expect(band[1]).toEqual({ mean: 20, lo: 20, hi: 20 })
  expect(band[2]).toBeNull()
})

it('a run without an answer tells no percentile', () => {
  const trace = arrivalsAt([], 1000)
  const model = handModel({ family: 'deterministic', value: 100 })
  const curve = percentileCurve(simulate(fixedFleet({ trace, model, replicas: 1 })))
  expect(new Set(curve)).toEqual(new Set([null]))
})
