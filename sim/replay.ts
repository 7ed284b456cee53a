import { UserError } from '../base/errors.ts'
import { decide, makeController } from '../control/tick.ts'
import type { Decision, Policy, Rollout } from '../policies/policy.ts'
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
 * decision, its reason included, must be the same: proof that nothing but the observations decided. Ticks
 * at which a person decided are left out: the policy was not asked there.
 * @param rollout for a policy that needs it, on the model and the settings that the record names (sim/rollout.ts).
 * @throws UserError where the policy needs one and there is none.
 */
export function replay(record: RunRecord, policy: Policy, rollout: Rollout | null = null): Disagreement[] {
  const { parameters } = record.run.policy
  if (policy.needs === 'rollout' && rollout === null)
    throw new UserError(
      `${policy.name} asks the simulator at each tick: its record replays only with its model`,
    )
  const controller = makeController(policy, parameters, record.run.control, rollout)
  let state = policy.init(controller.context)
  return record.ticks.flatMap(({ observation, decision, byHand }, tick) => {
    if (byHand) return []
    const answer = decide(controller, observation, state)
    state = answer.state
    const same = JSON.stringify(answer.decision) === JSON.stringify(decision)
    return same ? [] : [{ tick, atMs: observation.nowMs, recorded: decision, replayed: answer.decision }]
  })
}
