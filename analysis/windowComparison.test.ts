import { expect, it } from 'vitest'
import type { RunRecord } from '../record/schema.ts'
import { simulate } from '../sim/run.ts'
import { arrivalsAt, autoscaled, constantLoad, fixedFleet, handModel } from '../test/support.ts'
import { parseSla } from './sla.ts'
import { windowViolationShare } from './violations.ts'
import { windowPairs } from './windowComparison.ts'

const sla = parseSla('p50<150ms over 5s')
const of = (holdMs: number): RunRecord =>
  simulate(
    fixedFleet({
      trace: arrivalsAt([1000, 2000], 10_000),
      model: handModel({ family: 'deterministic', value: holdMs }),
      replicas: 1,
    }),
  )

it('a window in which one of two simulated runs broke the promise, and nobody came in the other', () => {
  const live = { ...of(100), run: { ...of(100).run, mode: 'live' as const } }
  expect(windowPairs({ simulated: [of(100), of(200)], live: [live] }, sla)).toEqual([
    {
      fromMs: 0,
      toMs: 5000,
      predicted: { mean: 0.5, lo: 0, hi: 1 },
      violatedShare: 0.5,
      measured: [{ share: 0, violated: false }],
    },
    { fromMs: 5000, toMs: 10_000, predicted: null, violatedShare: null, measured: [] },
  ])
})

it('the share of violated windows is that of the metrics', () => {
  const trace = constantLoad(14, 60_000)
  const model = handModel({ family: 'uniform', min: 5, max: 200 })
  const record = simulate(autoscaled({ trace, model, policy: 'threshold' }))
  const strict = parseSla('p95<300ms over 10s')
  const windows = windowPairs({ simulated: [record], live: [] }, strict)
  const violated = windows.filter(({ violatedShare }) => violatedShare === 1).length
  expect(violated / windows.length).toBeCloseTo(windowViolationShare(record.requests, strict, 60_000)!, 12)
  expect(violated).toBeGreaterThan(0)
})

it('nothing gives nothing', () => {
  expect(windowPairs({ simulated: [], live: [] }, sla)).toEqual([])
})
