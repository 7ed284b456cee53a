import { parametersOf } from './parameters.ts'
import type { Observation, Policy, PolicyContext } from './policy.ts'
import { observation } from './testSupport.ts'

/** The context of a test: the policy's defaults and what is set, 1 to 100 replicas, a tick a second. */
export function contextOf(
  policy: Policy,
  set: readonly string[] = [],
  different: Partial<PolicyContext> = {},
): PolicyContext {
  return {
    parameters: parametersOf(policy, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 100 },
    intervalMs: 1000,
    ...different,
  }
}

/** Hands the policy observations a second apart, from second 1; the target follows the decisions at once, ready. */
export function drive<State>(
  policy: Policy<State>,
  context: PolicyContext,
  seen: readonly Partial<Observation>[],
  initial = 2,
) {
  let state = policy.init(context)
  let target = initial
  return seen.map((different, i) => {
    const answer = policy.decide(context, observation({ nowMs: 1000 * (i + 1), target, ...different }), state)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return { target, state, reason: answer.decision.reason, kind: answer.decision.kind }
  })
}

/** So many ticks of that. */
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)
