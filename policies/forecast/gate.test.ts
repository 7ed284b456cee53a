import { describe, expect, it } from 'vitest'
import { errorQuantile, type GateState, judge, mase, noteForecast, SHUT_GATE } from './gate.ts'

const withErrors = (errors: number[], naive = 1): GateState => ({
  pending: [],
  outcomes: errors.map((error) => ({ error, naive })),
})

describe('the gate', () => {
  it('judges a forecast when its time has come, against no change since it was made', () => {
    let gate = noteForecast(SHUT_GATE, { step: 5, forecast: 12, known: 10 })
    gate = judge(gate, 4, 99, 30)
    expect(gate.outcomes).toEqual([])
    gate = judge(gate, 5, 15, 30)
    expect(gate).toEqual({ pending: [], outcomes: [{ error: 3, naive: 5 }] })
  })

  it('drops forecasts for a sample that was lost', () => {
    const gate = noteForecast(SHUT_GATE, { step: 5, forecast: 12, known: 10 })
    expect(judge(gate, 6, 15, 30)).toEqual(SHUT_GATE)
  })

  it('remembers the latest outcomes', () => {
    let gate: GateState = SHUT_GATE
    for (let step = 1; step <= 100; step++)
      gate = noteForecast(judge(gate, step, step, 30), { step: step + 4, forecast: step, known: step })
    expect(gate.outcomes).toHaveLength(30)
    expect(gate.pending).toHaveLength(4)
  })

  it.each<[number[], number, number | null, string]>([
    [[1, -1, 1, -1, 1, -1, 1, -1, 1, -1], 2, 0.5, 'half the error of no change'],
    [[1, -1, 1, -1, 1, -1, 1, -1, 1, -1], 1, 1, 'no better'],
    [[3, 0, 0, 0, 0, 0, 0, 0, 0, 0], -0.1, 3, 'one bad forecast of a calm series'],
    [[1, 1, 1], 2, null, 'too few to say'],
    [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0, null, 'nothing has changed'],
  ])('errors %j against %d each: MASE %d (%s)', (errors, naive, expected) => {
    const score = mase(withErrors(errors, naive))
    if (expected === null) expect(score).toBeNull()
    else expect(score).toBeCloseTo(expected, 12)
  })

  it.each([
    [0, 1],
    [0.5, 3],
    [0.9, 4.6],
    [1, 5],
  ])('the %d quantile of 1 to 5 is %d (type 7)', (share, expected) => {
    expect(errorQuantile(withErrors([3, 1, 5, 2, 4]), share)).toBeCloseTo(expected, 12)
    expect(errorQuantile(SHUT_GATE, share)).toBeNull()
  })
})
