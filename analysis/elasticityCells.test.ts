import { expect, it } from 'vitest'
import { simulate } from '../sim/run.ts'
import { constantLoad, fixedFleet, handModel } from '../test/support.ts'
import type { Pairing } from './compare.ts'
import { elasticityCells } from './elasticityCells.ts'

const record = simulate(
  fixedFleet({
    trace: constantLoad(4, 10_000),
    model: handModel({ family: 'deterministic', value: 10 }),
    replicas: 3,
  }),
)
const pairing: Pairing = { trace: 'constant', policy: 'static', simulated: [record], live: [] }
const demandFrom = (values: number[]) => ({ atMs: values.map((_, i) => 5000 * i), values })

it('three replicas for a demand of two and then four: half of the time one too many, half one too few', () => {
  const cells = elasticityCells([pairing], () => demandFrom([2, 4]))
  const of = (metric: string) => cells.find((cell) => cell.metric === metric)!.predicted!.mean
  expect(of('thetaO')).toBeCloseTo(0.5 * 0.5, 9)
  expect(of('thetaU')).toBeCloseTo(0.5 * 0.25, 9)
  expect(of('tauO')).toBeCloseTo(0.5, 9)
  expect(of('tauU')).toBeCloseTo(0.5, 9)
})

it('a side without a run is unknown, not 0', () => {
  const live = elasticityCells([{ ...pairing, simulated: [], live: [record] }], () => demandFrom([3]))
  expect(live).toHaveLength(4)
  for (const { predicted, measured } of live) {
    expect(predicted).toBeNull()
    expect(measured).toEqual({ mean: 0, values: [0] })
  }
})
