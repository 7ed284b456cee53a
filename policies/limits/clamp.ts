import { integer } from '../specs.ts'
import { limitOf } from './limit.ts'

const RANGE = { min: 1, max: 1000 }

/**
 * min(`clamp.max`, max(`clamp.min`, wish)), within the run's own bounds, which the controller applies last. A target outside
 * of it is brought back even where the policy holds. Where the two bounds cross, the upper one counts.
 */
export const clamp = limitOf<null>({
  name: 'clamp',
  parameters: {
    'clamp.min': integer('fewest replicas', 'replicas', RANGE, 1),
    'clamp.max': integer('most replicas', 'replicas', RANGE, 1000),
  },
  start: null,
  apply({ parameters }, _observation, wish, memory) {
    const min = parameters['clamp.min']!
    const max = parameters['clamp.max']!
    const replicas = Math.min(max, Math.max(min, wish))
    return { replicas, why: wish > replicas ? `at most ${max}` : `at least ${min}`, memory }
  },
})
