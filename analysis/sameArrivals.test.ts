import { expect, it } from 'vitest'
import type { RunRecord } from '../record/schema.ts'
import { simulate } from '../sim/run.ts'
import { constantLoad, fixedFleet, handModel } from '../test/support.ts'
import { arrivalDistances, sameArrivals } from './sameArrivals.ts'
import { parseSla } from './sla.ts'

const sla = parseSla('95%<200ms')
const run = (seed: number, ratePerS = 9): RunRecord =>
  simulate({
    ...fixedFleet({
      trace: constantLoad(ratePerS, 20_000),
      model: handModel({ family: 'deterministic', value: 100 }),
      replicas: 1,
    }),
    seed,
  })
const live = (record: RunRecord): RunRecord => ({ ...record, run: { ...record.run, mode: 'live' } })

it('a run is nearest to the simulated one with its own arrivals', () => {
  const simulated = [1, 2, 3, 4].map((seed) => run(seed))
  const pairs = sameArrivals(
    [{ trace: 't', policy: 'p', simulated, live: [live(run(2)), live(run(4))] }],
    sla,
  )
  expect(pairs.map(({ seed, predicted, measured }) => [seed, predicted - measured])).toEqual([
    [2, 0],
    [4, 0],
  ])
  const { own, others, pairs: count } = arrivalDistances(pairs)!
  expect([own, count]).toEqual([0, 2])
  expect(others).toBeGreaterThan(0.01)
})

it('runs of another trace, or with a seed that was not simulated, have none', () => {
  const pairing = { trace: 't', policy: 'p', simulated: [run(1)], live: [live(run(1, 8)), live(run(5))] }
  expect(sameArrivals([pairing], sla)).toEqual([])
  expect(arrivalDistances([])).toBeNull()
})
