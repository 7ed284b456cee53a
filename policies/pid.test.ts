import { describe, expect, it } from 'vitest'
import { parametersOf } from './parameters.ts'
import { type PidState, pid } from './pid.ts'
import type { Observation, PolicyContext } from './policy.ts'
import { observation } from './testSupport.ts'

function context(...set: string[]): PolicyContext {
  return {
    parameters: parametersOf(pid, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 8 },
    intervalMs: 1000,
  }
}

/** Feeds observations one second apart; the target follows the decisions. */
function drive(given: PolicyContext, seen: Partial<Observation>[], initial = 2) {
  let state = pid.init(given)
  let target = initial
  const steps: { target: number; state: PidState; reason: string }[] = []
  seen.forEach((different, i) => {
    const answer = pid.decide(given, observation({ nowMs: 1000 * (i + 1), ...different, target }), state)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    steps.push({ target, state, reason: answer.decision.reason })
  })
  return steps
}

const load = (arrivalsPerS: number, times: number, more: Partial<Observation> = {}) =>
  Array.from({ length: times }, () => ({ arrivalsPerS, ...more }))

describe('pid', () => {
  it('holds where the load is at the set point: 13/s x 0.1 s / 0.65 = 2 replicas', () => {
    const steps = drive(context(), load(13, 20))
    expect(steps.every(({ target }) => target === 2)).toBe(true)
  })

  it('by hand: kp 0.5, ti 2 s, td 0: a step from 13/s to 26/s moves the command 2 -> 3.5 -> 3.625', () => {
    const steps = drive(context('kp=0.5', 'tiMs=2000', 'tdMs=0'), [...load(13, 2), ...load(26, 2)])
    const commands = steps.map(({ state }) => state.command)
    // required 2, then 4: 2 + 0.5 (2 + 0.5 (4 - 2)) = 3.5; then 3.5 + 0.5 (0 + 0.5 (4 - 3.5)) = 3.625.
    expect(commands[1]).toBeCloseTo(2, 12)
    expect(commands[2]).toBeCloseTo(3.5, 12)
    expect(commands[3]).toBeCloseTo(3.625, 12)
  })

  it('has no offset: the command ends at what is required', () => {
    expect(drive(context(), load(26, 60)).at(-1)!.state.command).toBeCloseTo(4, 3)
  })

  it('does not wind up: after minutes at the bound it leaves it as soon as after seconds', () => {
    const fallAfter = (seconds: number) => {
      const steps = drive(context('scaleInDelayMs=0'), [...load(100, seconds), ...load(13, 30)])
      return steps.slice(seconds).findIndex(({ target }) => target < 8)
    }
    expect(fallAfter(600)).toBe(fallAfter(20))
    expect(fallAfter(600)).toBeGreaterThanOrEqual(0)
  })

  it('adds capacity for a queue, which utilisation alone would not show', () => {
    const without = drive(context(), load(13, 5)).at(-1)!.target
    const withQueue = drive(context(), load(13, 5, { queued: 60 })).at(-1)!.target
    expect(withQueue).toBeGreaterThan(without)
  })

  it('looks ahead on a ramp with the derivative term', () => {
    const ramp = Array.from({ length: 8 }, (_, i) => ({ arrivalsPerS: 13 + 2 * i }))
    const command = (td: number) => drive(context(`tdMs=${td}`), ramp).at(-1)!.state.command!
    expect(command(3000)).toBeGreaterThan(command(0))
  })

  it('scales in only after the command has been low for scaleInDelayMs', () => {
    const steps = drive(context('scaleInDelayMs=8000'), [...load(39, 30), ...load(6, 30)])
    const low = steps.findIndex(({ state }) => state.belowSinceMs !== null)
    const fall = steps.findIndex(({ target }, i) => i > 30 && target < steps[i - 1]!.target)
    expect(fall - low).toBe(8)
  })

  it('does not flutter: noise of less than the hysteresis changes nothing (0.5/s is 0.08 replicas)', () => {
    const noisy = Array.from({ length: 100 }, (_, i) => ({ arrivalsPerS: 12.5 + (i % 2 ? 0.5 : -0.5) }))
    expect(new Set(drive(context('tdMs=0'), noisy).map(({ target }) => target))).toEqual(new Set([2]))
  })

  it('uses the model’s service time where none was observed, and holds where there is neither', () => {
    const blind = { serviceMsMean: null, arrivalsPerS: 40 }
    const known = { ...context(), knowledge: { serviceMsMean: 100, startupMsMean: null } }
    expect(drive(known, [blind, blind, blind, blind]).at(-1)!.target).toBeGreaterThan(2)
    expect(drive(context(), [blind, blind]).at(-1)).toMatchObject({
      target: 2,
      reason: 'load or service time unknown',
    })
  })
})

/**
 * A plant with a start-up of 5 s whose replicas are busier than the load says, by `factor`: slowed down by something
 * that the service time does not show. 13/s need 2 replicas by the load.
 */
function closedLoop(given: PolicyContext, factor: number, ticks: number) {
  let state = pid.init(given)
  let target = 2
  const asked: number[] = []
  return Array.from({ length: ticks }, (_, i) => {
    const ready = Math.min(target, ...asked.slice(-4))
    const utilisation = Math.min(1, (factor * 1.3) / ready)
    const replicas = { ready, starting: target - ready, draining: 0, standby: 0 }
    const seen = { nowMs: 1000 * (i + 1), windowMs: 1000, arrivalsPerS: 13, utilisation, replicas, target }
    const answer = pid.decide(given, observation(seen), state)
    asked.push(target)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return { target, utilisation, command: state.command! }
  })
}

describe('pid with a Smith predictor', () => {
  const knowing = (startupMsMean: number | null, ...set: string[]): PolicyContext => ({
    ...context('hysteresis=0', ...set),
    knowledge: { serviceMsMean: null, startupMsMean },
    replicas: { min: 1, max: 40 },
  })
  const peak = (given: PolicyContext, factor: number) =>
    Math.max(...closedLoop(given, factor, 200).map(({ target }) => target))

  it('is the same as without one while the plant is as the model says', () => {
    const commands = (given: PolicyContext) => closedLoop(given, 1, 60).map(({ command }) => command)
    const without = commands(knowing(5000))
    commands(knowing(5000, 'smith=1')).forEach((command, i) => {
      expect(command).toBeCloseTo(without[i]!, 9)
    })
  })

  it('holds the measured utilisation at the set point where the load alone would not: 2.5 x 2 replicas', () => {
    expect(closedLoop(knowing(5000), 2.5, 200).at(-1)).toMatchObject({ target: 2, utilisation: 1 })
    expect(closedLoop(knowing(5000, 'smith=1'), 2.5, 200).at(-1)).toMatchObject({ target: 5 })
  })

  it('overshoots less with the true dead time than with none in the model', () => {
    const settled = 5
    expect(peak(knowing(5000, 'smith=1'), 2.5)).toBeLessThanOrEqual(settled + 1)
    expect(peak(knowing(0, 'smith=1'), 2.5)).toBeGreaterThan(settled + 1)
  })

  it('changes nothing without a start-up time, and remembers nothing where it is off', () => {
    expect(closedLoop(knowing(null, 'smith=1'), 2.5, 60)).toEqual(closedLoop(knowing(null), 2.5, 60))
    expect(drive(knowing(5000), load(13, 3)).at(-1)!.state).not.toHaveProperty('smith')
  })
})
