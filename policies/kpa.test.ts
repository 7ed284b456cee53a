import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from './drive.case.ts'
import { kpa } from './kpa.ts'
import type { Observation } from './policy.ts'

const WORKED = ['total=100', 'utilisation=0.7', 'initialPanic=0']
const busy = (inFlight: number, ready?: number): Partial<Observation> => ({
  inFlight,
  ...(ready === undefined ? {} : { replicas: { ready, starting: 0, draining: 0, standby: 0 } }),
})

describe('kpa', () => {
  it('worked: 350 requests on 2 replicas of 100 at 0.7: S = P = 5, 5 / 2 >= 2, so it panics, at 5', () => {
    const [step] = drive(kpa, contextOf(kpa, WORKED), [busy(350)])
    expect(step).toMatchObject({ target: 5, state: { panicMs: 1000, panicReplicas: 5 } })
    expect(step!.reason).toContain('panics')
  })

  it('worked: without load 10 replicas are halved at each tick: 5, 2, 1', () => {
    const steps = drive(kpa, contextOf(kpa, WORKED), times(4, busy(0)), 10)
    expect(steps.map(({ target }) => target)).toEqual([5, 2, 1, 1])
  })

  it('worked: maxUpRate 1.1 still lets 2 become 3, ceil(2.2), where 3 are needed, and no more where 30 are', () => {
    const set = ['total=1', 'utilisation=1', 'maxUpRate=1.1', 'panicThreshold=10', 'initialPanic=0']
    expect(drive(kpa, contextOf(kpa, set), [busy(3)])[0]!.target).toBe(3)
    expect(drive(kpa, contextOf(kpa, set), [busy(19)])[0]!.target).toBe(3)
  })

  it('counts what waits in the proxy', () => {
    const context = contextOf(kpa, ['total=1', 'utilisation=0.5', 'initialPanic=0'])
    expect(drive(kpa, context, [{ inFlight: 2, queued: 0.5 }], 5)[0]!.target).toBe(5)
    expect(drive(kpa, context, [{ inFlight: 2, queued: 1 }], 5)[0]!.target).toBe(6)
  })

  it('takes the threshold by what the panic window wants, not by what the rate allows', () => {
    const set = ['total=1', 'utilisation=1', 'maxUpRate=1.5', 'initialPanic=0']
    const [step] = drive(kpa, contextOf(kpa, set), [busy(4, 2)])
    // P = 4 wants twice the 2 ready ones; the rate allows 3.
    expect(step).toMatchObject({ target: 3, state: { panicMs: 1000 } })
  })

  it('never scales in during a panic, which ends a stable window after it was last over the threshold', () => {
    const set = ['total=10', 'utilisation=1', 'stableWindowMs=10000', 'initialPanic=0']
    const steps = drive(kpa, contextOf(kpa, set), [busy(80), ...times(15, busy(10))])
    const targets = steps.map(({ target }) => target)
    // Second 1 panics at 8. The panic window is 1 s, so from second 2 on it is calm; 1 + 10 < 12.
    expect(targets.slice(0, 11)).toEqual(times(11, 8))
    expect(targets.slice(11, 15)).toEqual([4, 2, 1, 1])
    expect(steps[10]!.state.panicMs).toBe(1000)
    expect(steps[11]!.state.panicMs).toBeNull()
  })

  it('renews the panic while it is over the threshold', () => {
    const over = times(5, busy(80, 2))
    const steps = drive(kpa, contextOf(kpa, ['total=10', 'utilisation=1', 'initialPanic=0']), over)
    expect(steps.at(-1)!.state.panicMs).toBe(5000)
  })

  it('starts in a panic with several replicas: there is no history yet to scale in by', () => {
    const steps = drive(kpa, contextOf(kpa), times(3, busy(0)), 4)
    expect(steps.map(({ target }) => target)).toEqual([4, 4, 4])
    expect(drive(kpa, contextOf(kpa), times(3, busy(0)), 1).at(-1)!.state.panicMs).toBeNull()
  })

  it('scales in to the most that was wanted within the scale-down delay', () => {
    const set = ['total=1', 'utilisation=1', 'initialPanic=0', 'scaleDownDelayMs=3000', 'stableWindowMs=1000']
    const steps = drive(kpa, contextOf(kpa, set), [busy(4), ...times(4, busy(2))], 4)
    expect(steps.map(({ target }) => target)).toEqual([4, 4, 4, 2, 2])
    expect(steps[1]!.reason).toContain('delayed from 2')
  })

  it('holds where the concurrency is unknown, and keeps what it knew', () => {
    const steps = drive(kpa, contextOf(kpa, WORKED), [busy(350), { inFlight: null, queued: null }])
    expect(steps[1]).toMatchObject({ kind: 'hold', reason: 'concurrency unknown' })
    expect(steps[1]!.state).toEqual(steps[0]!.state)
  })

  it('keeps a memory of bounded size', () => {
    const steps = drive(kpa, contextOf(kpa, ['scaleDownDelayMs=30000']), times(600, busy(3)))
    expect(steps.at(-1)!.state.concurrency.rows).toHaveLength(60)
    expect(steps.at(-1)!.state.wanted).toHaveLength(30)
  })
})
