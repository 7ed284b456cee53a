import { hold } from './decision.ts'
import type { Observation, Policy } from './policy.ts'

/** Ticks in a row above `high` and below `low`, and when the last change was. */
export interface ThresholdState {
  above: number
  below: number
  lastChangeMs: number | null
}

/**
 * Utilisation against two thresholds, with hysteresis in time:
 *
 *     out by `step`  if utilisation > high for `upTicks` ticks in a row
 *     in by `step`   if utilisation < low for `downTicks` ticks in a row, unless the load of n replicas
 *                    on n - step would be at or above `high` again
 *
 * and neither within the cool-down of the last change. The last clause is Azure Autoscale's projection
 * against flapping: m' = m n / (n - k). Replicas that are starting count as capacity in it.
 */
export const threshold: Policy<ThresholdState> = {
  name: 'threshold',
  summary: 'one step out above a high utilisation, one step in below a low one, with cool-downs',
  source: 'Azure Monitor, "Understand Autoscale settings" (flapping); classic rule-based scaling',
  parameters: {
    high: share('scale out above this utilisation', 0.75),
    low: share('scale in below this utilisation', 0.45),
    upTicks: ticks('ticks in a row above high before scaling out', 2),
    downTicks: ticks('ticks in a row below low before scaling in', 8),
    step: {
      description: 'replicas a change',
      unit: 'replicas',
      min: 1,
      max: 100,
      default: 1,
      scale: 'integer',
    },
    upCooldownMs: cooldown('pause after a change before scaling out', 3000),
    downCooldownMs: cooldown('pause after a change before scaling in', 10_000),
  },
  init: () => ({ above: 0, below: 0, lastChangeMs: null }),
  decide({ parameters, replicas }, observation, state) {
    const { utilisation, nowMs, target } = observation
    if (utilisation === null)
      return { decision: hold('utilisation unknown'), state: { ...state, above: 0, below: 0 } }
    const counted = {
      ...state,
      above: utilisation > parameters.high! ? state.above + 1 : 0,
      below: utilisation < parameters.low! ? state.below + 1 : 0,
    }
    const sinceChangeMs = state.lastChangeMs === null ? Number.POSITIVE_INFINITY : nowMs - state.lastChangeMs
    const wish = wishedReplicas(parameters, observation, counted, sinceChangeMs)
    if (wish === null) return { decision: hold(`utilisation ${utilisation.toFixed(2)}`), state: counted }
    const bounded = Math.min(replicas.max, Math.max(replicas.min, wish))
    if (bounded === target) return { decision: hold(`already at the bound of ${target}`), state: counted }
    const edge = wish > target ? `> ${parameters.high}` : `< ${parameters.low}`
    return {
      decision: { kind: 'scale', replicas: bounded, reason: `utilisation ${utilisation.toFixed(2)} ${edge}` },
      state: { above: 0, below: 0, lastChangeMs: nowMs },
    }
  },
}

function wishedReplicas(
  parameters: Readonly<Record<string, number>>,
  { utilisation, target, replicas }: Observation,
  state: ThresholdState,
  sinceChangeMs: number,
): number | null {
  const step = parameters.step!
  if (state.above >= parameters.upTicks! && sinceChangeMs >= parameters.upCooldownMs!) return target + step
  if (state.below < parameters.downTicks! || sinceChangeMs < parameters.downCooldownMs!) return null
  const busyReplicas = utilisation! * replicas.ready
  const fewer = target - step
  return fewer > 0 && busyReplicas / fewer < parameters.high! ? fewer : null
}

function share(description: string, value: number) {
  return { description, unit: 'share', min: 0, max: 1, default: value, scale: 'linear' } as const
}

function ticks(description: string, value: number) {
  return { description, unit: 'ticks', min: 1, max: 100, default: value, scale: 'integer' } as const
}

function cooldown(description: string, value: number) {
  return { description, unit: 'ms', min: 0, max: 3_600_000, default: value, scale: 'linear' } as const
}
