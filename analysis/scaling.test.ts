import { expect, it } from 'vitest'
import type { RunRecord } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import type { Model } from '../sim/model.ts'
import { simulate } from '../sim/run.ts'
import { exactly, fixedFleet, handModel } from '../test/support.ts'
import type { RatePoint } from '../traces/trace.ts'
import { fleetPointOf, uslOf } from './scaling.ts'

const UNIFORM: Distribution = { family: 'uniform', min: 5, max: 200 }
const ONE_PER_S = 1000 / 102.5

/** A light load of 5 s, a pause, and an overload of 20 s, as live calibrate scaling makes them. */
function fleet(replicas: number, model: Model, expectedPerS: number, maxconn: number | null = 1): RunRecord {
  const step = (fromMs: number, toMs: number, ratePerS: number): RatePoint[] => [
    { atMs: fromMs, ratePerS },
    { atMs: toMs, ratePerS },
  ]
  const points = [
    ...step(0, 5000, 0.7 * expectedPerS),
    ...step(5000, 6000, 0),
    ...step(6000, 26_000, 1.2 * expectedPerS),
  ]
  const trace = {
    name: 'overload',
    description: '',
    load: { kind: 'rate' as const, points },
    process: 'poisson' as const,
    mix: { read: 1 },
    durationMs: 26_000,
  }
  return simulate(fixedFleet({ trace, model, replicas, service: { maxconn } }))
}

it.each([1, null, 4])('sleeping replicas add up, with maxconn %s: linear', (maxconn) => {
  const points = [1, 2, 4, 8].map((n) => fleetPointOf(fleet(n, handModel(UNIFORM), n * ONE_PER_S, maxconn)))
  for (const { replicas, throughputPerS, light } of points) {
    expect(throughputPerS!.estimate / (replicas * ONE_PER_S)).toBeCloseTo(1, 0.9)
    expect(light.p95Ms).toBeGreaterThan(150)
  }
  const usl = uslOf(points)!
  expect(usl).toMatchObject({ linear: true, upTo: 8 })
  expect(usl.lambda.lo).toBeLessThan(ONE_PER_S)
  expect(usl.lambda.hi).toBeGreaterThan(ONE_PER_S)
})

it('two cores end the scaling of CPU-bound work at two replicas', () => {
  const own = { blockingMs: exactly(0), cpuMs: exactly(20), overheadMs: exactly(0) }
  const model: Model = {
    ...handModel(UNIFORM),
    classes: { read: own },
    cpu: { cores: 2, quota: null, othersCores: 0, othersMsPerRequest: 0 },
  }
  const points = [1, 2, 4, 8].map((n) => fleetPointOf(fleet(n, model, 50 * Math.min(n, 2))))
  const perS = points.map(({ throughputPerS }) => throughputPerS!.estimate)
  for (const [i, expected] of [50, 100, 100, 100].entries()) expect(perS[i]! / expected).toBeCloseTo(1, 1.5)
  const usl = uslOf(points)!
  expect(usl.linear).toBe(false)
  expect(usl.sigma.lo! + usl.kappa.lo!).toBeGreaterThan(0)
})

it('a fleet that was never busy has no throughput, and two sizes no law', () => {
  const point = fleetPointOf(fleet(4, handModel(UNIFORM), 0.2 * 4 * ONE_PER_S))
  expect(point.throughputPerS).toBeNull()
  expect(uslOf([point, point])).toBeNull()
})
