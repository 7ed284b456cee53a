import { expect, it } from 'vitest'
import type { RunRecord } from '../record/schema.ts'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { compare, pairRecords, policyLabel } from './compare.ts'
import { parseSla } from './sla.ts'

const sla = parseSla('p95<300ms over 5s')
const model = (max: number) => handModel({ family: 'uniform', min: 5, max })
const runs = (policy: string, seeds: number[], max = 200, set: string[] = []) =>
  seeds.map((seed) =>
    simulate(autoscaled({ trace: constantLoad(16, 40_000), model: model(max), policy, seed, set })),
  )
const asLive = (records: RunRecord[]): RunRecord[] =>
  records.map((record) => ({ ...record, run: { ...record.run, mode: 'live' } }))
const seeds = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const label = (run: RunRecord['run']) => policyLabel(run, run.policy.parameters)

it('live runs that are the model cannot be told from it: coverage about 90 %, fidelity ratio about 1', () => {
  const records = ['pid', 'threshold'].flatMap((policy) => [
    ...runs(policy, seeds(1, 39)),
    ...asLive(runs(policy, seeds(100, 12))),
  ])
  const comparison = compare(pairRecords(records, label), sla)
  expect(comparison.coverage).toBeGreaterThan(0.85)
  expect(comparison.fidelityRatio.responseMsMean).toBeGreaterThan(0.7)
  expect(comparison.fidelityRatio.responseMsMean).toBeLessThan(1.4)
  expect(comparison.rankCorrelation).toBe(1)
  expect(comparison.remarks).toEqual([])
})

it('a model that is wrong by a quarter shows: outside the interval, ratio well above 1', () => {
  const records = [...runs('pid', seeds(1, 39), 150), ...asLive(runs('pid', seeds(100, 6), 200))]
  const comparison = compare(pairRecords(records, label), sla)
  const cell = comparison.cells.find(({ metric }) => metric === 'responseMsP50')!
  expect(cell.inside).toBe(false)
  expect(cell.error).toBeLessThan(-10)
  expect(comparison.fidelityRatio.responseMsP50).toBeGreaterThan(2)
})

it('says what is left out', () => {
  const { remarks, cells } = compare(
    pairRecords([...runs('pid', [1]), ...asLive(runs('static', [1]))], label),
    sla,
  )
  expect(cells).toEqual([])
  expect(remarks).toEqual([
    'constant, pid: no live run, left out',
    expect.stringMatching(/^constant, pid: 1 simulated runs; a 90 % interval needs 19/),
    'constant, static: no simulated run, left out',
  ])
})

it('other parameters are another policy', () => {
  const other = runs('pid', [1], 200, ['kp=0.5'])[0]!
  expect(policyLabel(other.run, runs('pid', [1])[0]!.run.policy.parameters)).toBe('pid kp=0.5')
  expect(pairRecords([other, ...runs('pid', [1])], (run) => policyLabel(run))).toHaveLength(2)
})
