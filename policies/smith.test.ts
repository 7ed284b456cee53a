import { describe, expect, it } from 'vitest'
import type { Observation } from './policy.ts'
import { type SmithState, smithMismatch } from './smith.ts'
import { observation } from './testSupport.ts'

const MODEL = { offeredErlang: 2, startupMs: 3000 }

/** The predictor over ticks a second apart, from second 1. */
function follow(ticks: Partial<Observation>[], model = MODEL) {
  let state: SmithState = []
  return ticks.map((different, i) => {
    const seen = observation({ nowMs: 1000 * (i + 1), windowMs: 1000, ...different })
    const answer = smithMismatch(seen, model, state)
    state = answer.state
    return { mismatch: answer.mismatch, ready: state.at(-1)!.ready, rows: state.length }
  })
}

const plant = (ready: number, starting: number, utilisation: number | null = 0.5) => ({
  utilisation,
  replicas: { ready, starting, draining: 0, standby: 0 },
})

describe('the Smith predictor', () => {
  it('takes a replica to be ready a start-up after it was asked for: 3 s after second 1, at second 4', () => {
    // Asked for at the tick of second 1, so first seen at second 2.
    const ticks = follow(
      [plant(2, 0), plant(2, 2), plant(2, 2), plant(4, 0), plant(4, 0)].map((tick) => ({
        ...tick,
        windowMs: 5000,
      })),
    )
    expect(ticks.map(({ ready }) => ready)).toEqual([2, 2, 2, 4, 4])
  })

  it('lets a stop take effect at once, and forgets what was asked for in between', () => {
    const ticks = follow([plant(4, 0), plant(4, 1), plant(3, 0), plant(3, 0), plant(3, 0)])
    expect(ticks.map(({ ready }) => ready)).toEqual([4, 4, 3, 3, 3])
  })

  it('finds nothing wrong while the plant is as the model says, and the difference where it is not', () => {
    const [right, wrong] = follow([plant(4, 0, 0.5), plant(4, 0, 0.65)])
    expect(right!.mismatch).toBeCloseTo(0, 12)
    expect(wrong!.mismatch).toBeCloseTo(4 * 0.65 - 2, 12)
  })

  it('does not take saturation for a wrong model: both are full', () => {
    expect(follow([plant(1, 0, 1)])[0]!.mismatch).toBe(0)
  })

  it('averages the model over the window, as the measurement is', () => {
    const wide = { windowMs: 2000 }
    const ticks = follow([
      { ...plant(4, 0), ...wide },
      { ...plant(2, 0), ...wide },
    ])
    expect(ticks[1]!.mismatch).toBeCloseTo(3 * 0.5 - 2, 12)
  })

  it('knows nothing where nothing is measured or nothing is ready, and goes on remembering', () => {
    const ticks = follow([plant(2, 0, null), plant(0, 0), ...Array.from({ length: 50 }, () => plant(2, 0))])
    expect(ticks.slice(0, 2).map(({ mismatch }) => mismatch)).toEqual([null, null])
    expect(ticks.at(-1)!.rows).toBe(3)
  })
})
