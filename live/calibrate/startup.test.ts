import { describe, expect, it } from 'vitest'
import { makeController, startController, tick } from '../../control/tick.ts'
import { NO_KNOWLEDGE } from '../../policies/policy.ts'
import type { TickRow } from '../../record/schema.ts'
import { peakRatePerS } from '../../traces/rate.ts'
import type { OpenTrace } from '../../traces/trace.ts'
import { STARTUP_PACE, type StartupExperiment, startupExperiments } from './startup.ts'

const experiments = startupExperiments(STARTUP_PACE.quick, { mix: { read: 1 }, onePerS: 10 })
const [cold, , paused, loaded] = experiments as [
  StartupExperiment,
  StartupExperiment,
  StartupExperiment,
  StartupExperiment,
]

it('three methods without load, and cold starts beside a fleet at 60 % utilisation', () => {
  const rows = experiments.map(({ name, control, trace }) => [
    name,
    control.standby?.method ?? 'cold',
    control.initialReplicas,
    peakRatePerS(trace as OpenTrace),
  ])
  expect(rows).toEqual([
    ['startup-cold', 'cold', 1, 0],
    ['startup-created', 'created', 1, 0],
    ['startup-paused', 'paused', 1, 0],
    ['startup-loaded', 'cold', 2, 12],
  ])
})

describe('the steps', () => {
  /** Ticks against a fleet that becomes what is asked for after two ticks. */
  function ticks({ policy, parameters, control }: StartupExperiment): TickRow[] {
    const controller = makeController(policy, parameters, { ...control, knowledge: NO_KNOWLEDGE })
    let state = startController(controller)
    const rows: TickRow[] = []
    const targets = [state.target, state.target]
    for (let atMs = 250; atMs <= 60_000; atMs += control.intervalMs) {
      const ready = targets.at(-2)!
      const coming = Math.abs(state.target - ready)
      const names = (count: number, from: number) => Array.from({ length: count }, (_, i) => `w${from + i}`)
      const replicas = [
        ...names(Math.min(ready, state.target), 0).map((name) => ({
          name,
          state: 'ready' as const,
          sinceMs: 0,
        })),
        ...names(coming, 100).map((name) => ({
          name,
          state: state.target > ready ? ('starting' as const) : ('draining' as const),
          sinceMs: 0,
        })),
      ]
      const result = tick(controller, state, { atMs, proxy: null, log: NO_LOG, replicas, standby: 0 }, atMs)
      state = result.state
      targets.push(state.target)
      rows.push({ ...result.row, delayMs: 0 })
    }
    return rows
  }
  const NO_LOG = {
    count: 0,
    endedMs: new Float64Array(),
    queueMs: new Float64Array(),
    responseMs: new Float64Array(),
    totalMs: new Float64Array(),
    status: new Uint16Array(),
  }

  it.each([
    { experiment: cold, targets: [2, 1, 2, 1, 2, 1, 4, 1], restMs: 600 },
    { experiment: paused, targets: [2, 1, 2, 1, 2, 1, 4, 1], restMs: 1500 },
    { experiment: loaded, targets: [3, 2, 3, 2, 3, 2, 5, 2], restMs: 600 },
  ])('of $experiment.name', ({ experiment, targets, restMs }) => {
    const rows = ticks(experiment)
    const moves = rows.filter(({ target, observation }) => target !== observation.target)
    expect(moves.map(({ target }) => target)).toEqual(targets)
    const times = moves.map(({ observation }) => observation.nowMs)
    for (let i = 1; i < times.length; i++)
      expect(times[i]! - times[i - 1]!).toBeGreaterThanOrEqual(restMs + 500)
    if (experiment !== loaded) expect(experiment.endsWhen!(rows.at(-1)!)).toBe(true)
    expect(experiment.endsWhen?.(rows[0]!) ?? false).toBe(false)
  })
})
