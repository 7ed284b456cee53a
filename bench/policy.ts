import type { Decision, Policy } from '../policies/policy.ts'

/** Time that a request holds a server, rounded, s; and the utilisation that is aimed at. */
const HOLD_S = 0.104
const UTILISATION = 0.65
const LOWER_TICKS = 8

/**
 * The policy of the benchmark's full model, the same to the letter in bench/full.h and bench/full_simpy.py:
 *
 *     wished = ceil(arrivals a second x 0.104 s / 0.65), within the bounds
 *
 * More at once; fewer only at the eighth tick in a row that wished for fewer than the target.
 */
export const benchPolicy: Policy<{ lowerTicks: number }> = {
  name: 'bench',
  summary: 'replicas in proportion to the arrival rate, fewer after eight ticks',
  source: 'Little: busy servers = arrival rate x time that a request holds one',
  parameters: {},
  init: () => ({ lowerTicks: 0 }),
  decide({ replicas }, { arrivalsPerS, target }, state) {
    if (arrivalsPerS === null) return { decision: hold('arrival rate unknown'), state }
    const needed = Math.ceil((arrivalsPerS * HOLD_S) / UTILISATION)
    const wished = Math.min(replicas.max, Math.max(replicas.min, needed))
    const lowerTicks = wished < target ? state.lowerTicks + 1 : 0
    if (wished === target) return { decision: hold('enough'), state: { lowerTicks } }
    if (wished < target && lowerTicks < LOWER_TICKS)
      return { decision: hold('fewer, soon'), state: { lowerTicks } }
    return { decision: { kind: 'scale', replicas: wished, reason: 'arrival rate' }, state: { lowerTicks: 0 } }
  },
}

const hold = (reason: string): Decision => ({ kind: 'hold', reason })

/** For worker threads, which load a policy from its file. */
export default benchPolicy
