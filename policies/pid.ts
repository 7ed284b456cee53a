import { hold } from './decision.ts'
import { backlogPerS, loadOf } from './offeredLoad.ts'
import type { Decision, Observation, Parameters, Policy, PolicyContext } from './policy.ts'
import { type SmithState, smithMismatch } from './smith.ts'

/**
 * The controller's memory. `command` is the real-valued number of replicas behind the integer target (null before the first tick);
 * `required` what the last tick's load needed, `slope` its low-pass filtered rate of change.
 */
export interface PidState {
  command: number | null
  required: number | null
  slopePerS: number
  /** Since when the command would allow fewer replicas; null while it does not. */
  belowSinceMs: number | null
  lastMs: number | null
  /** What the Smith predictor remembers; absent without one. */
  smith?: SmithState
}

/**
 * PID on utilisation in the velocity form, gain-scheduled by the number of replicas.
 *
 *     a    offered load, (arrivals/s + queued / drainS) x service time in s   [Erlang]
 *     u    the command: replicas, real-valued; starting replicas count as capacity
 *     y    a / u, the utilisation that the command leads to
 *     e    (y - r) / r, relative error to the set point r = `utilisation`
 *
 *     du = u Kp (de + T/Ti e + Td/T d2y/r)         gain u: one more replica matters less among many
 *
 * Since u e = a/r - u, with a/r = the replicas required, this is, in replicas,
 *
 *     du = Kp [ d(a/r) + T/Ti (a/r - u) + Td/T d2(a/r) ]
 *
 * whose three terms are: the change of what is required, what is still missing, and the trend. The proportional and
 * the derivative term act on the measured load only, so that neither the set point nor the controller's
 * own move kicks. Anti-windup: u is clamped to [min, max] before the next step, so nothing accumulates
 * at a bound (the velocity form has no other integrator). The integer target follows u with hysteresis,
 * and scaling in waits until u has stayed below for `scaleInDelayMs`.
 *
 * Since y counts starting replicas as capacity, the loop sees no dead time, but no measured utilisation either. `smith` 1
 * feeds it back through a Smith predictor (smith.ts): what is required becomes (a + busy - busy in the model) / r,
 * busy in replicas, and the integral action holds the measured utilisation at r.
 *
 * Source: Astrom and Hagglund, Advanced PID Control (2006), 3.4-3.6 and 13.4 (velocity form, windup, derivative filter).
 */
export const pid: Policy<PidState> = {
  name: 'pid',
  summary: 'PID on utilisation, velocity form, with anti-windup and a filtered derivative of the load',
  source: 'Astrom and Hagglund, Advanced PID Control, ISA 2006, chapters 3 and 13',
  parameters: {
    utilisation: {
      description: 'set point r',
      unit: 'share',
      min: 0.05,
      max: 0.99,
      default: 0.65,
      scale: 'linear',
    },
    kp: { description: 'proportional gain Kp', unit: '1', min: 0, max: 10, default: 0.8, scale: 'log' },
    tiMs: {
      description: 'integral time Ti',
      unit: 'ms',
      min: 100,
      max: 3_600_000,
      default: 3000,
      scale: 'log',
    },
    tdMs: {
      description: 'derivative time Td',
      unit: 'ms',
      min: 0,
      max: 600_000,
      default: 1000,
      scale: 'linear',
    },
    filter: {
      description: 'N of the derivative filter: its time constant is Td/N',
      unit: '1',
      min: 0.1,
      max: 100,
      default: 1,
      scale: 'log',
    },
    drainMs: {
      description: 'time in which a queue should be worked off; it adds queued / drainMs to the load',
      unit: 'ms',
      min: 100,
      max: 3_600_000,
      default: 2000,
      scale: 'log',
    },
    hysteresis: {
      description: 'how far the command must pass an integer before the target follows',
      unit: 'replicas',
      min: 0,
      max: 1,
      default: 0.15,
      scale: 'linear',
    },
    scaleInDelayMs: {
      description: 'how long the command must allow fewer replicas before any is stopped',
      unit: 'ms',
      min: 0,
      max: 3_600_000,
      default: 8000,
      scale: 'linear',
    },
    smith: {
      description: '1 feeds back the measured utilisation through a Smith predictor, 0 does not',
      unit: '1',
      min: 0,
      max: 1,
      default: 0,
      scale: 'integer',
    },
  },

  init: () => ({ command: null, required: null, slopePerS: 0, belowSinceMs: null, lastMs: null }),

  decide(context, observation, previous) {
    const required = requiredReplicas(context, observation)
    if (required === null)
      return { decision: hold('load or service time unknown'), state: { ...previous, lastMs: null } }
    const corrected = withSmith(context, observation, required, previous)
    const moved = moveCommand(context, observation, corrected.required, corrected.state)
    return integerTarget(context, observation, moved)
  },
}

/** a / r: how many replicas the load needs at the set point; null where it is not known. */
function requiredReplicas({ parameters, knowledge }: PolicyContext, observation: Observation): number | null {
  const serviceMs = observation.serviceMsMean ?? knowledge.serviceMsMean
  if (observation.arrivalsPerS === null || serviceMs === null) return null
  const perS = observation.arrivalsPerS + backlogPerS(observation.queued, parameters.drainMs!)
  return loadOf(perS, serviceMs, parameters.utilisation!)
}

/** Adds what is busy beyond the model, over r, with a Smith predictor; without a start-up time there is no dead time to model. */
function withSmith(
  { parameters, knowledge }: PolicyContext,
  observation: Observation,
  required: number,
  previous: PidState,
): { required: number; state: PidState } {
  const startupMs = knowledge.startupMsMean
  if (parameters.smith !== 1 || startupMs === null) return { required, state: previous }
  const setPoint = parameters.utilisation!
  const model = { offeredErlang: required * setPoint, startupMs }
  const { mismatch, state } = smithMismatch(observation, model, previous.smith ?? [])
  return {
    required: Math.max(0, required + (mismatch ?? 0) / setPoint),
    state: { ...previous, smith: state },
  }
}

function moveCommand(
  context: PolicyContext,
  observation: Observation,
  required: number,
  previous: PidState,
): PidState {
  const { parameters } = context
  const { nowMs, target } = observation
  const command = previous.command ?? target
  const last = previous.required ?? required
  const stepS = previous.lastMs === null ? 0 : (nowMs - previous.lastMs) / 1000
  const slopePerS =
    stepS > 0 ? filteredSlope(parameters, previous.slopePerS, (required - last) / stepS, stepS) : 0
  const proportional = required - last
  const integral = (stepS / (parameters.tiMs! / 1000)) * (required - command)
  const derivative = (parameters.tdMs! / 1000) * (slopePerS - previous.slopePerS)
  const next = command + parameters.kp! * (proportional + integral + derivative)
  return {
    ...previous,
    command: Math.min(context.replicas.max, Math.max(context.replicas.min, next)),
    required,
    slopePerS,
    lastMs: nowMs,
  }
}

/** First-order low-pass of the slope with time constant Td/N: a = Tf / (Tf + T). */
function filteredSlope(parameters: Parameters, old: number, fresh: number, stepS: number): number {
  const filterS = parameters.tdMs! / 1000 / parameters.filter!
  const keep = filterS / (filterS + stepS)
  return keep * old + (1 - keep) * fresh
}

function integerTarget(
  { parameters, replicas }: PolicyContext,
  { nowMs, target }: Observation,
  state: PidState,
) {
  const command = state.command!
  const margin = parameters.hysteresis!
  const said = `command ${command.toFixed(2)}, required ${state.required!.toFixed(2)}`
  if (command > target + margin) {
    const wish = Math.min(replicas.max, Math.ceil(command - margin))
    return { decision: scale(wish, said), state: { ...state, belowSinceMs: null } }
  }
  if (command >= target - 1 - margin || target <= replicas.min) {
    return { decision: hold(said), state: { ...state, belowSinceMs: null } }
  }
  const belowSinceMs = state.belowSinceMs ?? nowMs
  if (nowMs - belowSinceMs < parameters.scaleInDelayMs!) {
    return { decision: hold(`${said}, waits to scale in`), state: { ...state, belowSinceMs } }
  }
  const wish = Math.max(replicas.min, Math.ceil(command + margin))
  if (wish >= target) return { decision: hold(said), state: { ...state, belowSinceMs } }
  return { decision: scale(wish, said), state: { ...state, belowSinceMs } }
}

const scale = (replicas: number, reason: string): Decision => ({ kind: 'scale', replicas, reason })
