import { describe, expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { rolloutOf } from '../sim/rollout.ts'
import { handModel } from '../test/support.ts'
import { lookahead } from './lookahead.ts'
import { parametersOf } from './parameters.ts'
import {
  NO_KNOWLEDGE,
  type Observation,
  type PolicyContext,
  type Rollout,
  type RolloutQuestion,
} from './policy.ts'
import { observation } from './testSupport.ts'

const twin = rolloutOf({
  model: handModel({ family: 'uniform', min: 5, max: 200 }, 500),
  control: { ...DEFAULT_CONTROL, knowledge: NO_KNOWLEDGE },
  service: DEFAULT_SERVICE,
  mix: { read: 1 },
})
const contextOf = (rollout: Rollout | null, settings: string[] = []): PolicyContext => ({
  parameters: parametersOf(lookahead, settings),
  knowledge: NO_KNOWLEDGE,
  replicas: { min: 1, max: 8 },
  intervalMs: 1000,
  rollout,
})
const decide = (context: PolicyContext, seen: Partial<Observation>) =>
  lookahead.decide(context, observation(seen), lookahead.init(context))

/** Answers by a table of late shares, and notes what was asked. */
function scripted(lateShare: (target: number) => number) {
  const questions: RolloutQuestion[] = []
  const rollout: Rollout = (question) => {
    questions.push(question)
    return question.targets.map((target) => ({
      target,
      violationShare: lateShare(target),
      replicaSeconds: (target * question.horizonMs) / 1000,
    }))
  }
  return { rollout, questions }
}

describe('lookahead', () => {
  it('asks for the target that is cheapest, late requests and replicas together', () => {
    // lateCost 30: 3 costs 3 + 6, 4 costs 4 + 3, 5 costs 5 + 0.3, 6 costs 6.
    const shares: Record<number, number> = { 2: 0.5, 3: 0.2, 4: 0.1, 5: 0.01, 6: 0 }
    const { decision } = decide(contextOf(scripted((target) => shares[target]!).rollout), { target: 4 })
    expect(decision).toEqual({
      kind: 'scale',
      replicas: 5,
      reason: 'best of 2..6 is 5: 1.0 % late, cost 5.30 (6 paths, 1 inside)',
    })
  })

  it('of two that cost the same takes the one with fewer replicas', () => {
    const { rollout } = scripted((target) => (target < 4 ? 1 : (6 - target) / 30))
    expect(decide(contextOf(rollout), { target: 3 }).decision).toMatchObject({ replicas: 4 })
  })

  it('asks for the most where even they leave most requests late, whose cost would say: give up', () => {
    expect(decide(contextOf(scripted(() => 1).rollout), { target: 4 }).decision).toMatchObject({
      replicas: 6,
    })
  })

  it('asks about the neighbourhood of its target, within the bounds, with the tick as the seed', () => {
    const { rollout, questions } = scripted(() => 0)
    decide(contextOf(rollout), { target: 4, nowMs: 7000, queued: 3, inFlight: 4 })
    decide(contextOf(rollout), { target: 8, nowMs: 8000 })
    decide(contextOf(rollout, ['reach=1']), { target: 1, nowMs: 9000 })
    expect(questions.map(({ targets }) => targets)).toEqual([
      [2, 3, 4, 5, 6],
      [6, 7, 8],
      [1, 2],
    ])
    expect(questions.map(({ seed }) => seed)).toEqual([7, 8, 9])
    expect(questions[0]).toMatchObject({ backlog: 7, paths: 6, horizonMs: 6000, sloMs: 500 })
    expect(questions[0]!.arrivalsPerS).toEqual([10, 10, 10, 10, 10, 10])
  })

  // 10/s for 6 s and 1 inside: 61 requests a path, 5 candidates.
  it.each([
    { budget: 5 * 61 * 6, paths: 6, horizonMs: 6000 },
    { budget: 5 * 61 * 3, paths: 3, horizonMs: 6000 },
    { budget: 5 * 61, paths: 1, horizonMs: 6000 },
    { budget: 5 * 31, paths: 1, horizonMs: 3000 },
    { budget: 5, paths: 1, horizonMs: 1000 },
  ])('spends $budget requests as $paths paths of $horizonMs ms', ({ budget, paths, horizonMs }) => {
    const { rollout, questions } = scripted(() => 0)
    decide(contextOf(rollout, [`budgetRequests=${budget}`]), { target: 4 })
    expect(questions[0]).toMatchObject({ paths, horizonMs })
  })

  it('with the simulator: as far out as it may under an overload, none in an hour of calm, in after the delay', () => {
    const overload = { arrivalsPerS: 36, queued: 20, inFlight: 2, target: 2 }
    expect(decide(contextOf(twin), overload).decision).toMatchObject({ kind: 'scale', replicas: 4 })
    expect(decide(contextOf(twin), { arrivalsPerS: 12, target: 2, inFlight: 1 }).decision.kind).toBe('hold')
    const idle = { arrivalsPerS: 3, target: 5, inFlight: 0 }
    const context = contextOf(twin)
    const first = decide(context, { ...idle, nowMs: 1000 })
    expect(first.decision).toMatchObject({
      kind: 'hold',
      reason: expect.stringContaining('waits to scale in'),
    })
    const later = lookahead.decide(context, observation({ ...idle, nowMs: 6000 }), first.state)
    expect(later.decision).toMatchObject({ kind: 'scale', replicas: 3 })
  })

  it('with the simulator decides the same on the same observations', () => {
    const run = () => {
      const context = contextOf(twin)
      let state = lookahead.init(context)
      return [6, 12, 30, 36, 36, 20, 6].map((arrivalsPerS, i) => {
        const answer = lookahead.decide(
          context,
          observation({ arrivalsPerS, nowMs: 1000 * (i + 1), target: 3 }),
          state,
        )
        state = JSON.parse(JSON.stringify(answer.state))
        return answer.decision
      })
    }
    expect(run()).toEqual(run())
  })

  it('holds, and says why, without a simulator and where the load is not known', () => {
    expect(decide(contextOf(null), {}).decision).toEqual({ kind: 'hold', reason: 'no simulator to ask' })
    for (const unknown of [{ arrivalsPerS: null }, { queued: null }, { inFlight: null }])
      expect(decide(contextOf(twin), unknown).decision).toEqual({ kind: 'hold', reason: 'load unknown' })
  })
})
