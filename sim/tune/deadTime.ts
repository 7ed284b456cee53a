import type { Sla } from '../../analysis/sla.ts'
import type { ControlSettings } from '../../record/schema.ts'
import { rateAt } from '../../traces/rate.ts'
import type { OpenTrace } from '../../traces/trace.ts'
import { meanOf } from '../distribution.ts'
import type { Model } from '../model.ts'
import { holdingMoments } from '../readModel.ts'

/** What no policy that only reacts can do better than, on one trace. */
export interface DeadTimeBound {
  /** From a rise of the load until a replica that it called for can serve: a tick, the action's delay, the start. */
  deadMs: number
  /** Share of the requests that are late for want of replicas, for a policy that keeps no more than the load that it sees needs. */
  lateShare: number
  /** Fewest replicas to keep beyond that so that the late share is within what is allowed; null where none of up to the maximum do. */
  surplus: number | null
}

const STEP_MS = 100

/**
 * A fluid bound: requests are a liquid that comes at the trace's rate and leaves at the replicas' rate, without chance.
 *
 *     c(t)      replicas ready: ceil(a) of the highest load a seen up to t - D, plus the surplus; all that may be, where a
 *               backlog was to be seen at t - D
 *     q'(t)     rate(t) - c(t)/S, q >= 0           late at t: q(t) S / c(t) + S > limit of the SLA
 *
 * D is half an interval until the next tick, the delay of the action and the mean start-up. It never scales in and asks for
 * everything as soon as it can know, so no policy that only reacts has replicas earlier without having kept a surplus; chance
 * makes a real one worse. (A policy that foresees is not bound by it.) The mean of the tick and of the start make it an estimate.
 */
export function deadTimeBound(
  run: { trace: OpenTrace; model: Model; control: ControlSettings },
  { sla, allowed }: { sla: Sla; allowed: number },
): DeadTimeBound {
  const { model, control, trace } = run
  const deadMs =
    control.intervalMs / 2 + model.monitoring.delayMs.estimate + meanOf(model.startup.cold.distribution)
  const late = (surplus: number) => lateShareOf(run, { deadMs, surplus, limitMs: sla.limitMs })
  let surplus = 0
  while (surplus <= control.maxReplicas && late(surplus) > allowed) surplus++
  return {
    deadMs,
    lateShare: trace.durationMs > 0 ? late(0) : 0,
    surplus: surplus > control.maxReplicas ? null : surplus,
  }
}

function lateShareOf(
  { trace, model, control }: { trace: OpenTrace; model: Model; control: ControlSettings },
  { deadMs, surplus, limitMs }: { deadMs: number; surplus: number; limitMs: number },
): number {
  const serviceS = holdingMoments(model, trace.mix).mean / 1000
  const lag = Math.ceil(deadMs / STEP_MS)
  const backlogs: number[] = []
  let highest = 0
  let backlog = 0
  let arrived = 0
  let late = 0
  for (let k = 0; k * STEP_MS < trace.durationMs; k++) {
    const seen = k - lag
    if (seen >= 0) highest = Math.max(highest, rateAt(trace.load, seen * STEP_MS) * serviceS)
    const wish = seen >= 0 && backlogs[seen]! > 0 ? control.maxReplicas : Math.ceil(highest) + surplus
    const capacity = Math.min(control.maxReplicas, Math.max(control.initialReplicas, wish))
    const coming = (rateAt(trace.load, k * STEP_MS) * STEP_MS) / 1000
    backlog = Math.max(0, backlog + coming - (capacity / serviceS) * (STEP_MS / 1000))
    backlogs.push(backlog)
    arrived += coming
    if (((backlog * serviceS) / capacity + serviceS) * 1000 > limitMs) late += coming
  }
  return arrived === 0 ? 0 : late / arrived
}
