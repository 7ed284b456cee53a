import { max, mean, standardDeviation } from 'simple-statistics'
import { describe, expect, test } from 'vitest'
import { exponential, stream } from '../../base/random.ts'
import { dispersionOf, tellingWindowsMs } from './dispersion.ts'
import { theilSen } from './slope.ts'
import { endMs, trueResponsesMs } from './stalls.ts'

const STALLS = { serviceMs: 1, stallMs: 100, everyMs: 1000 }

test.each([
  ['before a stall it serves', 0, 1],
  ['one that has started is not held up', 899.5, 900.5],
  ['within a stall it waits for the end', 900, 1001],
  ['up to the end', 999.9, 1001],
  ['and so in every period', 5950, 6001],
])('a server that stalls: %s', (_what, startMs, expected) => {
  expect(endMs(STALLS, startMs)).toBe(expected)
})

test('what came within a stall waits for the rest of it and for those before', () => {
  expect([...trueResponsesMs(STALLS, [0, 0.5, 950, 960, 1002.5, 1100])]).toEqual([1, 1.5, 51, 42, 1, 1])
})

describe('the index of dispersion', () => {
  function poissonMs(perMs: number, durationMs: number, seed: number): number[] {
    const random = stream(seed, 'test')
    const atMs: number[] = []
    for (let t = exponential(random) / perMs; t < durationMs; t += exponential(random) / perMs) atMs.push(t)
    return atMs
  }

  test('is 1 for a Poisson stream, as closely as it says', () => {
    const found = Array.from({ length: 40 }, (_, seed) => dispersionOf(poissonMs(0.2, 5000, seed), 10, 5000))
    const indices = found.map(({ index }) => index)
    expect(Math.abs(mean(indices) - 1)).toBeLessThan(0.03)
    expect(standardDeviation(indices) / found[0]!.sd).toBeGreaterThan(0.7)
    expect(standardDeviation(indices) / found[0]!.sd).toBeLessThan(1.3)
  })

  test('is 0 for an even one, and large for bursts', () => {
    const even = Float64Array.from({ length: 500 }, (_, i) => 2 * i + 1)
    expect(dispersionOf(even, 10, 1000).index).toBe(0)
    const bursts = even.map((t) => 50 * Math.floor(t / 50))
    expect(dispersionOf(bursts, 10, 1000).index).toBeGreaterThan(10)
  })

  test('is only asked for where chance leaves room within the bounds', () => {
    expect([2000, 5000, 60_000, 500_000].map(tellingWindowsMs)).toEqual([
      [],
      [10],
      [10, 100],
      [10, 100, 1000],
    ])
  })
})

test('the slope of Theil and Sen is that of the line, whatever a few peaks do, with an interval that has it', () => {
  const random = stream(1, 'noise')
  const points = Array.from({ length: 60 }, (_, i) => {
    const peak = i % 10 === 9 ? 50 : 0
    return [i, 3 * i + random() + peak] as const
  })
  const { estimate, lo, hi } = theilSen(points)
  expect(estimate).toBeCloseTo(3, 1)
  expect(lo).toBeLessThan(3)
  expect(hi).toBeGreaterThan(3)
  expect(max([hi - 3, 3 - lo])).toBeLessThan(0.3)
})
