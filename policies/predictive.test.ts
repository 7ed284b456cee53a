import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from './drive.case.ts'
import type { Observation } from './policy.ts'
import { predictive } from './predictive.ts'

/** Start-up 3 s at a tick a second: four ticks ahead. */
const KNOWLEDGE = { serviceMsMean: null, startupMsMean: 3000 }
const aware = (...set: string[]) => contextOf(predictive, ['utilisation=1', ...set], { knowledge: KNOWLEDGE })
/** The same without a start-up time: the base alone. */
const base = (...set: string[]) => contextOf(predictive, ['utilisation=1', ...set])
const loads = (replicas: readonly number[]): Partial<Observation>[] =>
  replicas.map((load) => ({ arrivalsPerS: load * 10 }))
const targets = (steps: { target: number }[]) => steps.map(({ target }) => target)

const ramp = Array.from({ length: 40 }, (_, i) => 1 + 0.5 * i)
/** A walk by a fixed generator (a multiplier mod a prime), from 3 to 20 replicas. */
const walk = (() => {
  let seed = 12345
  let at = 10
  return Array.from({ length: 400 }, () => {
    seed = (seed * 48271) % 2147483647
    at = Math.min(20, Math.max(3, at + (seed / 2147483647 - 0.5) * 4))
    return at
  })
})()
/** Eight quiet seconds, four busy ones. */
const pulses = Array.from({ length: 120 }, (_, i) => (i % 12 < 8 ? 2 : 9))

describe('predictive', () => {
  it.each([
    ['method=0', 'level=0.8', 'trend=0.5', 'damping=0.99'],
    ['method=1', 'order=2'],
  ])('asks ahead on a ramp: %s', (...set) => {
    const reactive = targets(drive(predictive, base(), loads(ramp)))
    const ahead = targets(drive(predictive, aware(...set), loads(ramp)))
    // From second 30 on it has what is needed four seconds later, to a replica.
    for (let i = 30; i < 36; i++) expect(ahead[i]).toBeGreaterThanOrEqual(reactive[i + 4]! - 1)
    expect(ahead[35]).toBeGreaterThan(reactive[35]!)
  })

  it('asks for a recurring pulse four seconds before it comes, by the season', () => {
    const steps = drive(predictive, aware('method=2', 'seasonMs=12000', 'scaleInDelayMs=0'), loads(pulses))
    // Seconds 96..103 of the series are quiet; the pulse comes at index 104, so it is asked for at 100.
    expect(targets(steps).slice(96, 108)).toEqual([2, 2, 2, 2, 9, 9, 9, 9, 9, 9, 9, 9])
    expect(targets(drive(predictive, base('scaleInDelayMs=0'), loads(pulses))).slice(96, 105)).toEqual([
      ...times(8, 2),
      9,
    ])
  })

  it.each([0, 1, 2])('only ever adds to the base: method %d on a random walk', (method) => {
    const set = ['scaleInDelayMs=0', 'seasonMs=10000', `method=${method}`]
    const reactive = targets(drive(predictive, base(...set), loads(walk)))
    const ahead = targets(drive(predictive, aware(...set), loads(walk)))
    expect(ahead.filter((target, i) => target < reactive[i]!)).toEqual([])
  })

  it('leaves a method that is worse than no change behind the gate', () => {
    const wild = ['method=0', 'level=1', 'trend=1', 'damping=1', 'scaleInDelayMs=0']
    const steps = drive(predictive, aware(...wild), loads(walk))
    const shut = steps.slice(20).filter(({ reason }) => /shut \(MASE [1-9]/.test(reason))
    expect(shut.length).toBe(380)
    expect(targets(steps)).toEqual(targets(drive(predictive, base(...wild), loads(walk))))
  })

  it('adds nothing to a constant load, of which there is nothing to forecast', () => {
    const steps = drive(predictive, aware(), loads(times(60, 3)))
    expect(new Set(targets(steps))).toEqual(new Set([3]))
    expect(steps.at(-1)!.reason).toContain('MASE unknown')
  })

  it('adds more for a higher quantile of the past errors', () => {
    const noisy = ramp.map((load, i) => load + (i % 2 ? 1 : 0) * (walk[i]! - walk[i + 1]!))
    const total = (quantile: number) =>
      targets(drive(predictive, aware(`quantile=${quantile}`), loads(noisy))).reduce((a, b) => a + b)
    expect(total(0.95)).toBeGreaterThan(total(0.2))
  })

  it('adds capacity for a queue: 20 waiting, worked off in 2 s, are 10 more arrivals a second', () => {
    const steps = drive(predictive, base(), [{ arrivalsPerS: 20 }, { arrivalsPerS: 20, queued: 20 }])
    expect(targets(steps)).toEqual([2, 3])
  })

  it('scales in when less was wanted for scaleInDelayMs', () => {
    const steps = drive(predictive, base('scaleInDelayMs=3000'), loads([5, ...times(5, 2)]))
    expect(targets(steps)).toEqual([5, 5, 5, 2, 2, 2])
  })

  it('says that it does not look ahead where the start-up time is unknown, unless a horizon is set', () => {
    const reasonOf = (...set: string[]) => drive(predictive, base(...set), loads(ramp)).at(-1)!.reason
    expect(reasonOf()).toContain('start-up time unknown')
    expect(reasonOf('horizonMs=4000')).toContain('forecast')
  })

  it('goes on over a lost reading, and holds during it', () => {
    const seen = loads(ramp).map((one, i) => (i === 25 ? { ...one, arrivalsPerS: null } : one))
    const steps = drive(predictive, aware('method=1', 'order=2'), seen)
    expect(steps[25]!.kind).toBe('hold')
    expect(steps[26]!.reason).toMatch(/MASE 0\.\d+, forecast/)
    expect(steps.at(-1)!.state.arrivals.values).toHaveLength(40)
  })

  it('keeps a memory of bounded size', () => {
    const { arrivals, gate, wanted } = drive(predictive, aware(), loads([...walk, ...walk])).at(-1)!.state
    expect([arrivals.values, gate.pending, gate.outcomes, wanted].map((rows) => rows.length)).toEqual([
      240, 4, 30, 8,
    ])
  })
})
