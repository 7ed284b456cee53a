import { decide, makeController } from '../control/tick.ts'
import type { Decision, Policy } from '../policies/policy.ts'
import type { RunRecord } from '../record/schema.ts'

/** One tick whose recorded decision the policy does not make again. */
export interface Disagreement {
  tick: number
  atMs: number
  recorded: Decision
  replayed: Decision
}

/**
 * Hands the recorded observations to the policy again. On an untouched record of the same policy every
 * decision, its reason included, must be the same: proof that nothing but the observations decided.
 */
export function replay(record: RunRecord, policy: Policy): Disagreement[] {
  const controller = makeController(policy, record.run.policy.parameters, record.run.control)
  let state = policy.init(controller.context)
  return record.ticks.flatMap(({ observation, decision }, tick) => {
    const answer = decide(controller, observation, state)
    state = answer.state
    const same = JSON.stringify(answer.decision) === JSON.stringify(decision)
    return same ? [] : [{ tick, atMs: observation.nowMs, recorded: decision, replayed: answer.decision }]
  })
}
