import { describe, expect, it } from 'vitest'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import type { Decision, Policy } from '../policies/policy.ts'
import { proxyLogOf } from './proxyLog.ts'
import { DEFAULT_CONTROL } from './service.ts'
import type { RawSignals } from './signals.ts'
import { type ByHand, makeController, startController, tick } from './tick.ts'

const settings = { ...DEFAULT_CONTROL, knowledge: { serviceMsMean: 100, startupMsMean: 500 } }

/** One replica that has been busy all the time: everything ends that moment, 100 ms after it began. */
function busy(atMs: number, tickIndex: number, replicas: number): RawSignals {
  const log = Array.from({ length: 10 * replicas }, (_, i) => ({
    endedMs: atMs - 1000 + 100 * (Math.floor(i / replicas) + 1),
    id: String(i),
    server: 'w1',
    status: 200,
    queueMs: 0,
    connectMs: 0,
    responseMs: 100,
    totalMs: 100,
  }))
  return {
    atMs,
    proxy: { requestsTotal: 50 * tickIndex, queued: 20, inFlight: replicas, servers: [] },
    log: proxyLogOf(log),
    standby: 0,
    replicas: Array.from({ length: replicas }, (_, i) => ({
      name: `w${i}`,
      state: 'ready' as const,
      sinceMs: 0,
    })),
  }
}

/** The targets of 20 ticks under full load, each reading so much after (or before) its tick. */
function targets(policyName: string, set: string[], jitterMs: (k: number) => number): number[] {
  const policy = policyByName(policyName)
  const controller = makeController(policy, parametersOf(policy, set), settings)
  let state = startController(controller)
  return Array.from({ length: 20 }, (_, i) => {
    const tickMs = 1000 * (i + 1)
    const result = tick(controller, state, busy(tickMs + jitterMs(i), i + 1, state.target), tickMs)
    state = result.state
    return result.row.target
  })
}

describe('a tick', () => {
  it('scales out every third tick under a cool-down of three ticks, at 3 s, 6 s, 9 s (the first reading tells no utilisation)', () => {
    expect(targets('threshold', ['upCooldownMs=3000'], () => 0).slice(0, 9)).toEqual([
      1, 1, 2, 2, 2, 3, 3, 3, 4,
    ])
  })

  it.each(['threshold', 'pid'])(
    '%s decides the same whether its reading came a moment earlier or later',
    (policy) => {
      const exact = targets(policy, [], () => 0)
      expect(targets(policy, [], (k) => [0.4, 0.1, 0.7, 0.2][k % 4]!)).toEqual(exact)
      expect(new Set(exact).size).toBeGreaterThan(3)
    },
  )

  it('clamps what a policy asks for, and carries the clamped target on', () => {
    expect(targets('static', ['replicas=50'], () => 0)).toEqual(
      Array.from({ length: 20 }, () => settings.maxReplicas),
    )
  })

  it('that a person decides does not ask the policy, whose state stays, and bears who decided', () => {
    let asked = 0
    const counting: Policy<number> = {
      ...policyByName('static'),
      name: 'counting',
      init: () => 0,
      decide: (_context, _observation, calls) => {
        asked++
        return { decision: { kind: 'scale', replicas: calls + 1, reason: `call ${calls}` }, state: calls + 1 }
      },
    }
    const controller = makeController(counting as Policy, {}, settings)
    let state = startController(controller)
    const steps: (ByHand | null)[] = [
      null,
      null,
      { kind: 'pause' },
      { kind: 'scale', replicas: 5 },
      { kind: 'pause' },
      { kind: 'scale', replicas: 50 },
      null,
    ]
    const rows = steps.map((byHand, i) => {
      const tickMs = 1000 * (i + 1)
      const result = tick(controller, state, busy(tickMs, i + 1, state.target), tickMs, byHand)
      state = result.state
      return result.row
    })
    expect(rows.map(({ target }) => target)).toEqual([1, 2, 2, 5, 5, settings.maxReplicas, 3])
    expect(rows.map(({ byHand }) => byHand)).toEqual([
      undefined,
      undefined,
      'pause',
      'scale',
      'pause',
      'scale',
      undefined,
    ])
    expect(rows[2]!.decision).toEqual({ kind: 'hold', reason: 'paused by hand' })
    expect(rows[3]!.decision).toEqual({ kind: 'scale', replicas: 5, reason: 'scaled by hand' })
    expect(rows.slice(1).every((row, i) => row.observation.target === rows[i]!.target)).toBe(true)
    expect(asked).toBe(3)
    expect('byHand' in rows[0]!).toBe(false)
  })

  it('stops at a policy that asks for a part of a replica: that is a bug, not a decision', () => {
    const half: Policy = {
      ...policyByName('static'),
      name: 'half',
      decide: () => ({
        decision: { kind: 'scale', replicas: 1.5, reason: 'why not' } satisfies Decision,
        state: null,
      }),
    }
    const controller = makeController(half, {}, settings)
    expect(() => tick(controller, startController(controller), busy(1000, 1, 1), 1000)).toThrow(
      'policy half asked for 1.5 replicas',
    )
  })
})
