import { describe, expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { decide, makeController } from '../control/tick.ts'
import { POLICIES } from '../policies/index.ts'
import { lookahead } from '../policies/lookahead.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import type { Policy } from '../policies/policy.ts'
import type { RunRecord, TickRow } from '../record/schema.ts'
import { constantLoad, handModel } from '../test/support.ts'
import { knowledgeOf } from './knowledge.ts'
import { replay } from './replay.ts'
import { rolloutFor } from './rollout.ts'
import { simulate } from './run.ts'
import type { Simulation } from './simulation.ts'

const trace = constantLoad(25, 20_000)
const model = handModel({ family: 'uniform', min: 5, max: 200 }, 500)
const simulation: Simulation = {
  trace,
  model,
  policy: lookahead,
  parameters: parametersOf(lookahead, ['paths=2']),
  control: { ...DEFAULT_CONTROL, knowledge: knowledgeOf(model, trace, DEFAULT_SERVICE) },
  service: DEFAULT_SERVICE,
  seed: 1,
}

describe('the record of a policy that asks the simulator', () => {
  const record = JSON.parse(JSON.stringify(simulate(simulation))) as ReturnType<typeof simulate>

  it('was made by asking it', () => {
    const asked = record.ticks.filter(({ decision }) => decision.reason.startsWith('best of'))
    // All but the first, which has no rate yet.
    expect(asked.length).toBe(19)
    expect(record.ticks.some(({ decision }) => decision.kind === 'scale')).toBe(true)
  })

  it('replays with the model that it names, from what is in the record', () => {
    const { control, service, trace: recorded } = record.run
    const rollout = rolloutFor({ policy: lookahead, model, control, service, trace: { mix: recorded.mix } })
    expect(replay(record, lookahead, rollout)).toEqual([])
  })

  it('disagrees with another model', () => {
    const slower = handModel({ family: 'uniform', min: 5, max: 400 }, 500)
    const rollout = rolloutFor({ ...simulation, model: slower })
    expect(replay(record, lookahead, rollout).length).toBeGreaterThan(0)
  })

  it('is refused without a simulator', () => {
    expect(() => replay(record, lookahead)).toThrow(/lookahead asks the simulator at each tick/)
  })
})

describe('a record that was steered by hand', () => {
  const threshold = policyByName('threshold')
  const run: Simulation = { ...simulation, policy: threshold, parameters: parametersOf(threshold, []) }
  const untouched = simulate(run)
  // Its observations again; the policy is paused at three ticks and a person sets a target at one of them.
  const controller = makeController(threshold, run.parameters, run.control)
  let state: unknown = threshold.init(controller.context)
  const ticks = untouched.ticks.map((row, i): TickRow => {
    if (i === 8) return { ...row, decision: { kind: 'hold', reason: 'paused by hand' }, byHand: 'pause' }
    if (i === 9)
      return { ...row, decision: { kind: 'scale', replicas: 2, reason: 'scaled by hand' }, byHand: 'scale' }
    const answer = decide(controller, row.observation, state)
    state = answer.state
    return { ...row, decision: answer.decision }
  })

  it('replays at the ticks that the policy decided, and asks it at no other', () => {
    expect(replay({ ...untouched, ticks }, threshold)).toEqual([])
  })

  it('does not replay where it hides who decided', () => {
    const hidden = ticks.map(({ byHand: _, ...row }) => row)
    expect(replay({ ...untouched, ticks: hidden }, threshold).map(({ tick }) => tick)).toEqual(
      expect.arrayContaining([8, 9]),
    )
  })
})

describe.each(POLICIES)('a record of $name', (policy) => {
  it('written to a file and read back, replays to the same decisions, reasons included', () => {
    const plan = Array.from({ length: 20 }, (_, i) => 1 + (i % 4))
    const { record, rollout } = recordOf(policy, policy.needs === 'plan' ? plan : null)
    expect(record.ticks.length).toBe(20)
    expect(replay(record, policy, rollout)).toEqual([])
    expect(record.ticks.every(({ target }) => target >= 1 && target <= DEFAULT_CONTROL.maxReplicas)).toBe(
      true,
    )
  })
})

function recordOf(policy: Policy, plan: readonly number[] | null) {
  const run: Simulation = {
    ...simulation,
    policy,
    parameters: parametersOf(policy, []),
    control: { ...simulation.control, plan },
  }
  return { record: JSON.parse(JSON.stringify(simulate(run))) as RunRecord, rollout: rolloutFor(run) }
}
