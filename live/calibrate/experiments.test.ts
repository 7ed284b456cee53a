import { describe, expect, it } from 'vitest'
import { generateArrivals } from '../../traces/arrivals.ts'
import { expectedFleetPerS, saturationRound, scaling, scalingMs } from './experiments.ts'

describe('what a fleet is expected to serve', () => {
  it.each([
    ['sleeping replicas add up', { coresEach: 0.01 }, [10, 20, 40, 80]],
    ['busy ones do until the two cores are used up', { coresEach: 1 }, [10, 20, 20, 20]],
    ['half busy ones do up to four', { coresEach: 0.5 }, [10, 20, 40, 40]],
  ])('%s', (_, { coresEach }, expected) => {
    const perS = [1, 2, 4, 8].map((n) => expectedFleetPerS(n, { onePerS: 10, coresEach, cores: 2 }))
    expect(perS).toEqual(expected)
  })

  it('one replica is always expected to serve what it does, on however small a machine', () => {
    expect(expectedFleetPerS(1, { onePerS: 10, coresEach: 1, cores: 0.5 })).toBe(10)
  })
})

describe('the load of a fleet', () => {
  const pace = { lightMs: 5000, overloadMs: 8000 }

  it('is light, then pauses, then is more than it can serve', () => {
    const { trace } = scaling({ replicas: 4, expectedPerS: 40 }, { read: 1 }, pace)
    expect(trace.load).toEqual({
      kind: 'rate',
      points: [
        { atMs: 0, ratePerS: 0 },
        { atMs: 1200, ratePerS: 0 },
        { atMs: 1200, ratePerS: 28 },
        { atMs: 6200, ratePerS: 28 },
        { atMs: 6200, ratePerS: 0 },
        { atMs: 7200, ratePerS: 0 },
        { atMs: 7200, ratePerS: 48 },
        { atMs: 15_200, ratePerS: 48 },
      ],
    })
    expect(trace.durationMs).toBe(15_200)
  })

  it('is longer for a small fleet, which gives fewer answers', () => {
    expect([1, 2, 4, 8].map((replicas) => scalingMs(replicas, pace))).toEqual([
      26_000, 16_000, 14_000, 14_000,
    ])
  })
})

it('a round asks nothing before its first step and in its pauses', () => {
  const steps = [
    { ratePerS: 50, durationMs: 1000, pauseMs: 500 },
    { ratePerS: 50, durationMs: 1000, pauseMs: 500 },
  ]
  const { trace, name } = saturationRound(2, { read: 1 }, steps)
  expect(name).toBe('saturation-2')
  expect(trace.durationMs).toBe(3700)
  const { atMs } = generateArrivals(trace, 1)
  expect(atMs.length).toBeGreaterThan(60)
  for (const ms of atMs) expect((ms >= 1200 && ms <= 2200) || (ms >= 2700 && ms <= 3700)).toBe(true)
})
