import { expect, it } from 'vitest'
import { DEFAULT_SLA, parseSla } from '../../analysis/sla.ts'
import type { RunRecord } from '../../record/schema.ts'
import { simulate } from '../../sim/run.ts'
import { autoscaled, constantLoad, exactly, fixedFleet, handModel } from '../../test/support.ts'
import { heldOutText, predictHeldOut } from './heldOut.ts'

const sla = parseSla(DEFAULT_SLA)
const truth = handModel({ family: 'uniform', min: 5, max: 200 })
const trace = constantLoad(15, 60_000)
const asLive = (record: RunRecord): RunRecord => ({ ...record, run: { ...record.run, mode: 'live' } })
const measured = asLive(simulate(autoscaled({ trace, model: truth, policy: 'threshold', seed: 400 })))
const shown = ['completed', 'responseMsP50', 'responseMsP95', 'violationShare']

it('the true model predicts a run that it did not see, a wrong one does not', async () => {
  const good = await predictHeldOut([measured], ['a'], { model: truth, sla })
  expect(good.cells.filter(({ metric }) => shown.includes(metric)).every(({ inside }) => inside)).toBe(true)
  const text = await heldOutText(good, new Map([[trace.name, trace.durationMs]]))
  expect(text).toContain('4 of 4 inside')
  expect(text).toMatch(/throughput +\d+\.\d\d\/s/)
  const wrong = { ...truth, classes: { read: { ...truth.classes.read!, overheadMs: exactly(80) } } }
  const bad = await predictHeldOut([measured], ['a'], { model: wrong, sla })
  expect(bad.cells.find(({ metric }) => metric === 'responseMsP50')!.inside).toBe(false)
})

it('repeats of one cell are predicted once', async () => {
  const { cells } = await predictHeldOut([measured, measured], ['a', 'b'], { model: truth, sla })
  expect(cells.find(({ metric }) => metric === 'completed')!.measured.values).toHaveLength(2)
})

it('a simulated run and one without requests are refused', async () => {
  const sim = simulate(fixedFleet({ trace: constantLoad(0, 5000), model: truth, replicas: 1 }))
  await expect(predictHeldOut([sim], ['a'], { model: truth, sla })).rejects.toThrow(
    '--held-out a is a simulated',
  )
  await expect(predictHeldOut([asLive(sim)], ['a'], { model: truth, sla })).rejects.toThrow('has no request')
})
