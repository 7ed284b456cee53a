import { describe, expect, it } from 'vitest'
import { adapt } from './adapt.ts'
import { contextOf, drive, times } from './drive.case.ts'

const load = (replicas: number) => ({ arrivalsPerS: replicas * 10 })
const context = contextOf(adapt, ['utilisation=1'])

describe('adapt', () => {
  it('repairs at once: load 6 on 4 replicas asks for ceil(6) + 2', () => {
    expect(drive(adapt, context, [load(6)], 4)[0]!.target).toBe(8)
  })

  it('by hand: 10 replicas under a load of 4 lose one when -6 / 15 a tick has summed to -1', () => {
    const steps = drive(adapt, context, times(5, load(4)), 10)
    // -0.4, -0.8, -1.2: one goes, -0.2 stays. At 9 replicas the mean of the seconds before is still 10, and after it
    // (10 + 10 + 9) / 3: -0.2 + (9 / 9.6667) (4 - 9) / 15 = -0.5103.
    expect(steps.map(({ target }) => target)).toEqual([10, 10, 9, 9, 9])
    expect(steps[2]!.state.repair).toBeCloseTo(-0.2, 12)
    expect(steps[3]!.state.repair).toBeCloseTo(-0.2 - (9 / (29 / 3)) * (5 / 15), 12)
  })

  it('does not scale in below the load and its margin', () => {
    const targets = drive(adapt, context, times(400, load(4)), 30).map(({ target }) => target)
    expect(targets.at(-1)).toBe(6)
    expect(Math.min(...targets)).toBe(6)
  })

  it('scales in `damping` times slower', () => {
    const ticksTo = (damping: number) =>
      drive(
        adapt,
        contextOf(adapt, ['utilisation=1', `damping=${damping}`]),
        times(900, load(1)),
        20,
      ).findIndex(({ target }) => target < 20) + 1
    // 19 too many: a whole one is reached in ceil(damping / 19) ticks.
    expect([ticksTo(30), ticksTo(180)]).toEqual([2, 10])
  })

  it('holds where the load is unknown, without losing the time', () => {
    const steps = drive(adapt, context, [load(1), { arrivalsPerS: null }, load(1)], 6)
    expect(steps[1]!.kind).toBe('hold')
    expect(steps[2]!.state).toMatchObject({ startMs: 1000, lastMs: 3000, replicaMs: 12_000 })
  })
})
