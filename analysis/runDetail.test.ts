import { expect, it } from 'vitest'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { integralS, replicasOverTime } from './replicas.ts'
import { runDetail } from './runDetail.ts'

const record = simulate(
  autoscaled({
    trace: constantLoad(14, 60_000),
    model: handModel({ family: 'uniform', min: 5, max: 200 }),
    policy: 'threshold',
  }),
)
const { states, decisions, durationMs } = runDetail(record)

it('covers the run from 0 to its end, in order of time', () => {
  expect(states[0]!.atMs).toBe(0)
  expect(states.at(-1)!.atMs).toBe(durationMs)
  expect(states.every(({ atMs }, i) => i === 0 || atMs > states[i - 1]!.atMs)).toBe(true)
})

it.each(['starting', 'ready', 'draining'] as const)('%s: as much replica time as the events say', (state) => {
  const series = { atMs: states.map(({ atMs }) => atMs), values: states.map((row) => row[state]) }
  expect(integralS(series, durationMs)).toBeCloseTo(
    integralS(replicasOverTime(record.replicas, [state]), durationMs),
    9,
  )
})

it('each tick within the trace is a decision with its reason, and targets follow each other', () => {
  expect(decisions.length).toBeGreaterThan(50)
  for (const [i, { reason, from }] of decisions.entries()) {
    expect(reason).not.toBe('')
    if (i > 0) expect(from).toBe(decisions[i - 1]!.to)
  }
  expect(decisions.some(({ from, to }) => to > from)).toBe(true)
})
