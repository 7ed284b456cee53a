import { describe, expect, it } from 'vitest'
import { oracle } from './oracle.ts'
import { NO_KNOWLEDGE, type PolicyContext } from './policy.ts'
import { observation } from './testSupport.ts'

const context = (plan: readonly number[] | null): PolicyContext => ({
  parameters: {},
  knowledge: NO_KNOWLEDGE,
  replicas: { min: 1, max: 4 },
  intervalMs: 2000,
  plan,
})
const decide = (plan: readonly number[] | null, nowMs: number, target = 2) =>
  oracle.decide(context(plan), observation({ nowMs, target }), null).decision

describe('oracle', () => {
  it.each([
    { nowMs: 2000, decision: { kind: 'scale', replicas: 3, reason: 'planned for tick 1' } },
    { nowMs: 4000, decision: { kind: 'hold', reason: 'planned for tick 2' } },
    { nowMs: 6000, decision: { kind: 'scale', replicas: 1, reason: 'planned for tick 3' } },
    { nowMs: 8000, decision: { kind: 'hold', reason: 'the plan ends before tick 4' } },
  ])('at $nowMs ms does what is planned for that tick', ({ nowMs, decision }) => {
    expect(decide([3, 2, 1], nowMs)).toEqual(decision)
  })

  it('keeps within the bounds, and holds without a plan', () => {
    expect(decide([9], 2000)).toMatchObject({ replicas: 4 })
    expect(decide(null, 2000)).toEqual({ kind: 'hold', reason: 'no plan' })
  })
})
