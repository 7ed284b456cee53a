import type { Policy } from './policy.ts'

/** Always the same number of replicas: the yardstick that every other policy must beat. */
export const staticPolicy: Policy<null> = {
  name: 'static',
  summary: 'always the same number of replicas',
  source: 'the baseline of every comparison',
  parameters: {
    replicas: {
      description: 'how many replicas',
      unit: 'replicas',
      min: 1,
      max: 1000,
      default: 1,
      scale: 'integer',
    },
  },
  init: () => null,
  decide({ parameters }, observation) {
    const replicas = parameters.replicas!
    if (observation.target === replicas) return { decision: { kind: 'hold', reason: 'static' }, state: null }
    return { decision: { kind: 'scale', replicas, reason: `static at ${replicas}` }, state: null }
  },
}
