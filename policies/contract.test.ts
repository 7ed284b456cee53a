import { describe, expect, it } from 'vitest'
import { POLICIES } from './index.ts'
import { parametersOf } from './parameters.ts'
import type { Observation, PolicyContext } from './policy.ts'
import { observation } from './testSupport.ts'

/** What the loop relies on, whatever the policy. */
const BLIND: Partial<Observation> = {
  arrivalsPerS: null,
  completionsPerS: null,
  errorsPerS: null,
  rejectionsPerS: null,
  inFlight: null,
  queued: null,
  responseMs: null,
  serviceMsMean: null,
  utilisation: null,
  ageMs: { proxy: null, replicas: null },
}

describe.each(POLICIES)('$name', (policy) => {
  const context: PolicyContext = {
    parameters: parametersOf(policy, []),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 8 },
    intervalMs: 1000,
  }

  it('has defaults within their bounds, a summary and a source', () => {
    for (const [name, spec] of Object.entries(policy.parameters)) {
      expect(spec.default >= spec.min && spec.default <= spec.max, name).toBe(true)
      expect(spec.description.length, name).toBeGreaterThan(5)
    }
    expect(policy.summary && policy.source).toBeTruthy()
  })

  it('decides the same on the same inputs, changes none of them, and keeps its memory as JSON', () => {
    let state = freeze(policy.init(freeze(context)))
    for (const seen of rampUpAndDown()) {
      const first = policy.decide(context, freeze(seen), state)
      const again = policy.decide(context, seen, JSON.parse(JSON.stringify(state)))
      expect(again).toEqual(first)
      state = freeze(first.state)
    }
  })

  it('says why, with a whole number of replicas', () => {
    let state = policy.init(context)
    for (const seen of rampUpAndDown()) {
      const { decision, state: next } = policy.decide(context, seen, state)
      state = next
      expect(decision.reason).not.toBe('')
      if (decision.kind === 'scale')
        expect(Number.isInteger(decision.replicas) && decision.replicas >= 1).toBe(true)
    }
  })

  it('does not act on signals that it does not have, and takes up again when they are back', () => {
    let state = policy.init(context)
    state = policy.decide(context, observation({ nowMs: 1000, target: 3 }), state).state
    const blind = policy.decide(context, observation({ nowMs: 2000, target: 3, ...BLIND }), state)
    if (policy.name !== 'static') expect(blind.decision.kind).toBe('hold')
    expect(() => policy.decide(context, observation({ nowMs: 3000, target: 3 }), blind.state)).not.toThrow()
  })
})

function* rampUpAndDown(): Generator<Observation> {
  for (let i = 1; i <= 60; i++) {
    const arrivalsPerS = i < 30 ? i : 60 - i
    yield observation({
      nowMs: 1000 * i,
      arrivalsPerS,
      utilisation: Math.min(1, arrivalsPerS / 18),
      target: 2,
    })
  }
}

function freeze<T>(value: T): T {
  if (value && typeof value === 'object')
    for (const inner of Object.values(Object.freeze(value))) freeze(inner)
  return value
}
