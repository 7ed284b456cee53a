import { mean, standardDeviation } from 'simple-statistics'
import { expect, it } from 'vitest'
import { constantLoad, fixedFleet, handModel } from '../../test/support.ts'
import { simulate } from '../run.ts'
import { fitSpeedSpread } from './speedSpread.ts'

const NONE = { contention: 0, engineContention: 0 }
const model = handModel({ family: 'deterministic', value: 0 })
model.classes.read = {
  ...model.classes.read!,
  cpuMs: { distribution: { family: 'uniform', min: 5, max: 15 } },
}
model.cpu = { cores: 2, quota: null, othersCores: 0, othersMsPerRequest: 0 }
const runOf = (seed: number, speedSpread: number) =>
  simulate({
    ...fixedFleet({ trace: constantLoad(20, 20_000), model, replicas: 1 }),
    model: { ...model, cpu: { ...model.cpu!, speedSpread } },
    seed,
  })

it('of runs whose machine differs by 8, -8, 4 and -4 % is 7 %, with an interval that holds it', () => {
  const records = [1.08, 0.92, 1.04, 0.96].map((factor, i) => {
    const record = runOf(i + 1, 0)
    return {
      ...record,
      requests: { ...record.requests, cpuMs: record.requests.cpuMs.map((ms) => ms * factor) },
    }
  })
  const { estimate, lo, hi } = fitSpeedSpread(records, NONE)!
  // sqrt((8^2 + 8^2 + 4^2 + 4^2) / 3) = 7.3 %, and 1.4 % by the sampling of 400 requests.
  expect(Math.abs(estimate - 0.073)).toBeLessThan(0.02)
  expect(lo).toBeLessThan(0.073)
  expect(hi).toBeGreaterThan(0.06)
})

it('is not told by three runs', () => {
  expect(
    fitSpeedSpread(
      [1, 2, 3].map((seed) => runOf(seed, 0)),
      NONE,
    ),
  ).toBeNull()
})

it('in the simulator: the time at the server differs from seed to seed by as much, about a mean that stays', () => {
  const service = (spread: number) =>
    Array.from({ length: 60 }, (_, seed) => mean([...runOf(seed, spread).requests.serviceMs]))
  const with10 = service(0.1)
  const without = service(0)
  const noise = standardDeviation(without) / mean(without)
  const seen = standardDeviation(with10) / mean(with10)
  expect(Math.abs(Math.sqrt(seen ** 2 - noise ** 2) - 0.1)).toBeLessThan(0.03)
  expect(Math.abs(mean(with10) / mean(without) - 1)).toBeLessThan(0.04)
})
