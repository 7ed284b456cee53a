import type { Policy } from '../../policies/policy.ts'

/** Up by one every few ticks to the most that may be, then to the fewest at once, and again: for the soak. */
const churn: Policy<null> = {
  name: 'churn',
  summary: 'scales all the time, whatever the load',
  source: 'bench/load',
  parameters: {
    everyTicks: {
      description: 'ticks to the next change',
      unit: 'ticks',
      min: 1,
      max: 100,
      default: 3,
      scale: 'integer',
    },
  },
  init: () => null,
  decide({ parameters, replicas, intervalMs }, { nowMs, target }) {
    const ticks = Math.round(nowMs / intervalMs)
    if (ticks % parameters.everyTicks! !== 0)
      return { decision: { kind: 'hold', reason: 'not yet' }, state: null }
    const next = target >= replicas.max ? replicas.min : target + 1
    return { decision: { kind: 'scale', replicas: next, reason: 'churn' }, state: null }
  },
}

export default churn
