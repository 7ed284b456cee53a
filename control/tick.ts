import { assert } from '../base/assert.ts'
import type { Decision, Observation, Policy, PolicyContext, Rollout } from '../policies/policy.ts'
import type { ControlSettings, TickRow } from '../record/schema.ts'
import { type ObserverState, observe, startObserver } from './observe.ts'
import type { RawSignals } from './signals.ts'

/** What a person decides at a tick in place of the policy: to keep the target, or another one. */
export type ByHand = { kind: 'pause' } | { kind: 'scale'; replicas: number }

/** What is constant over a run. */
export interface Controller {
  policy: Policy
  context: PolicyContext
  settings: ControlSettings
}

/** What one tick hands to the next. Plain data. */
export interface ControllerState {
  observer: ObserverState
  policyState: unknown
  target: number
}

export function makeController(
  policy: Policy,
  parameters: Readonly<Record<string, number>>,
  settings: ControlSettings,
  rollout: Rollout | null = null,
): Controller {
  const context: PolicyContext = {
    parameters,
    knowledge: settings.knowledge,
    replicas: { min: settings.minReplicas, max: settings.maxReplicas },
    intervalMs: settings.intervalMs,
    rollout,
    plan: settings.plan ?? null,
  }
  return { policy, context, settings }
}

export function startController(controller: Controller): ControllerState {
  return {
    observer: startObserver(),
    policyState: controller.policy.init(controller.context),
    target: controller.settings.initialReplicas,
  }
}

/**
 * Monitor, analyse, plan: one tick of the loop, the same on both sides. Execution is the plant's: the
 * caller passes `row.target` to `plant.scaleTo` where it differs from `row.observation.target`.
 * @param tickMs the tick's nominal time; the signals were read then or a little later.
 * @param byHand a person's decision. The policy is then not asked and its state stays, so that a replay that leaves such
 * ticks out (sim/replay.ts) makes the decisions of all others again.
 */
export function tick(
  controller: Controller,
  state: ControllerState,
  signals: RawSignals,
  tickMs: number,
  byHand: ByHand | null = null,
): { state: ControllerState; row: Omit<TickRow, 'delayMs'> } {
  const { windowMs } = controller.settings
  const seen = observe(state.observer, signals, { windowMs, target: state.target, tickMs })
  const decided = byHand
    ? { decision: decisionByHand(byHand), state: state.policyState }
    : decide(controller, seen.observation, state.policyState)
  const target = clampedTarget(controller.context, decided.decision, state.target)
  return {
    state: { observer: seen.state, policyState: decided.state, target },
    row: {
      observation: seen.observation,
      decision: decided.decision,
      target,
      ...(byHand && { byHand: byHand.kind }),
    },
  }
}

function decisionByHand(byHand: ByHand): Decision {
  if (byHand.kind === 'pause') return { kind: 'hold', reason: 'paused by hand' }
  return { kind: 'scale', replicas: byHand.replicas, reason: 'scaled by hand' }
}

/** The policy's answer, checked: a policy is somebody's file. */
export function decide(controller: Controller, observation: Observation, policyState: unknown) {
  const { policy, context } = controller
  const answer = policy.decide(context, observation, policyState)
  if (answer.decision.kind === 'scale') {
    const { replicas } = answer.decision
    assert(
      Number.isInteger(replicas) && replicas >= 0,
      `policy ${policy.name} asked for ${replicas} replicas`,
    )
  }
  return answer
}

function clampedTarget({ replicas }: PolicyContext, decision: Decision, target: number): number {
  if (decision.kind === 'hold') return target
  return Math.min(replicas.max, Math.max(replicas.min, decision.replicas))
}
