import { expect, it } from 'vitest'
import { simulate } from '../sim/run.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { doubtsOf, verdictWith } from './doubts.ts'

const model = handModel({ family: 'exponential', mean: 100 })
const record = simulate(autoscaled({ trace: constantLoad(5, 10_000), model, policy: 'static' }))
const invalid = { valid: false, reasons: ['the load generator was late'] }

it('none where the verdict is good and the laws hold', () => {
  expect(doubtsOf(record)).toEqual([])
  expect(verdictWith([])).toEqual({ valid: true, reasons: [] })
})

it("the verdict's own reasons, and then the laws that are broken, of many only the first", () => {
  const doneMs = record.requests.doneMs.map((ms, i) => (i < 5 ? record.requests.sentMs[i]! - 10 : ms))
  const broken = {
    ...record,
    run: { ...record.run, verdict: invalid },
    requests: { ...record.requests, doneMs },
  }
  const doubts = doubtsOf(broken)
  expect(doubts).toEqual([
    'the load generator was late',
    ...Array(3).fill(expect.stringMatching(/^causality: request \d intended/)),
    '2 more laws are broken',
  ])
  const noted = { ...broken, run: { ...broken.run, verdict: verdictWith(doubts) } }
  expect(doubtsOf(noted)).toEqual(doubts)
})
