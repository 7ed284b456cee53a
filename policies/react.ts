import { decisionFor, hold } from './decision.ts'
import { offeredLoad, setPoint, wholeReplicas } from './offeredLoad.ts'
import type { Policy } from './policy.ts'
import { integer } from './specs.ts'

/**
 * React: keeps `margin` replicas more than the load needs.
 *
 *     surplus = n - ceil(load)
 *     surplus <= 0 or surplus > margin   n becomes ceil(load) + margin
 *     else                               hold
 *
 * The published code removes |load - n| + 2 replicas of those that are idle; without that guard, which a proxy does not
 * offer, it lands at load - 2 and swings. Here both directions go to load + 2. n is what was asked for,
 * so that replicas in start-up are not asked for twice.
 *
 * Source: Chieu et al., Dynamic scaling of web applications in a virtualized cloud computing environment, ICEBE 2009; as in
 * Ilyushkin et al., An experimental performance evaluation of autoscaling policies for complex workflows, ICPE 2017.
 */
export const react: Policy<null> = {
  name: 'react',
  summary: 'always some replicas more than the load needs',
  source: 'Chieu et al., ICEBE 2009; atlarge-research/opendc-autoscaling-prototype, react_autoscaler.py',
  parameters: {
    utilisation: setPoint(0.8),
    margin: integer(
      'replicas above the load, and width of the dead zone',
      'replicas',
      { min: 0, max: 100 },
      2,
    ),
  },
  init: () => null,
  decide(context, observation, state) {
    const load = offeredLoad(context, observation)
    if (load === null) return { decision: hold('load or service time unknown'), state }
    const margin = context.parameters.margin!
    const needed = wholeReplicas(load)
    const surplus = observation.target - needed
    const calm = surplus > 0 && surplus <= margin
    const reason = `load ${load.toFixed(2)}, surplus ${surplus}`
    return {
      decision: decisionFor(context, observation, {
        replicas: calm ? observation.target : needed + margin,
        reason,
      }),
      state,
    }
  },
}
