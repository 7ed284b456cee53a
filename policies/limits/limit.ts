import { hold } from '../decision.ts'
import type { Decision, Observation, ParameterSpec, Policy, PolicyContext } from '../policy.ts'

/** A wrapped policy's memory beside the limit's own. Plain JSON where the inner one is. */
export interface LimitState<Memory> {
  inner: unknown
  limit: Memory
}

/** What a limit is: a rule from what a policy wishes to what is let through, with a memory. */
export interface LimitRule<Memory> {
  name: string
  /** The names begin with that of the limit and a dot, so that they meet no parameter of what they wrap. */
  parameters: Readonly<Record<string, ParameterSpec>>
  start: Memory
  /**
   * `wish` is the target where the policy holds. Then a limit of change gives it back: only a bound may move what is held.
   * `why` says what did it, where `replicas` is not the wish.
   */
  apply(
    context: PolicyContext,
    observation: Observation,
    wish: number,
    memory: Memory,
  ): { replicas: number; why: string; memory: Memory }
}

/** A policy from another: what it wraps may not know that it is limited, and reads its target from the observation. */
export type Limit = (inner: Policy) => Policy

/** Makes the wrapper of a rule. It is called `inner | limit`; the inner one's parameters come first. */
export function limitOf<Memory>(rule: LimitRule<Memory>): Limit {
  return (inner) => {
    const limited: Policy<LimitState<Memory>> = {
      ...inner,
      name: `${inner.name} | ${rule.name}`,
      parameters: { ...inner.parameters, ...rule.parameters },
      init: (context) => ({ inner: inner.init(context), limit: rule.start }),
      decide(context, observation, state) {
        const answer = inner.decide(context, observation, state.inner)
        const { decision } = answer
        const wish = decision.kind === 'scale' ? decision.replicas : observation.target
        const { replicas, why, memory } = rule.apply(context, observation, wish, state.limit)
        const passed =
          replicas === wish
            ? decision
            : changed(
                observation,
                replicas,
                `${decision.reason}; ${rule.name}: ${wish} -> ${replicas}, ${why}`,
              )
        return { decision: passed, state: { inner: answer.state, limit: memory } }
      },
    }
    return limited as Policy
  }
}

const changed = ({ target }: Observation, replicas: number, reason: string): Decision =>
  replicas === target ? hold(reason) : { kind: 'scale', replicas, reason }
