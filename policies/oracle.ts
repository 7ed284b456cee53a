import { decisionFor, hold } from './decision.ts'
import type { Policy } from './policy.ts'

/**
 * The clairvoyant bound: at tick k what the plan has there, made from the trace before the run (sim/oracle.ts). No policy that must
 * wait and see can be expected to do better; the difference to it is a policy's regret.
 */
export const oracle: Policy<null> = {
  name: 'oracle',
  summary: 'a bound, not a policy: follows a plan that was made knowing the trace',
  source:
    'Lin, Wierman, Andrew and Thereska, Dynamic right-sizing for power-proportional data centers, INFOCOM 2011',
  parameters: {},
  needs: 'plan',
  init: () => null,
  decide(context, observation) {
    const tick = Math.round(observation.nowMs / context.intervalMs)
    const replicas = context.plan?.[tick - 1]
    const decision =
      replicas === undefined
        ? hold(context.plan ? `the plan ends before tick ${tick}` : 'no plan')
        : decisionFor(context, observation, { replicas, reason: `planned for tick ${tick}` })
    return { decision, state: null }
  },
}
