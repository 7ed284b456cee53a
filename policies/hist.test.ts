import { describe, expect, it } from 'vitest'
import { contextOf, drive, times } from './drive.case.ts'
import { hist, percentileOf } from './hist.ts'

const load = (replicas: number) => ({ arrivalsPerS: replicas * 10 })
const SET = ['utilisation=1', 'periodMs=24000']

describe('the percentile', () => {
  it.each([
    [[0, 10], 0.9, 1, 'all the same'],
    [[0, 9, 1], 0.9, 2, 'of 10 sorted loads the one at index 9'],
    [[0, 19, 1], 0.9, 1, 'of 20 the one at index 18'],
    [[0, 1, 1, 1, 1], 0.5, 3, 'of 1 2 3 4 the one at index 2'],
    [[0, 1, 1], 1, 2, 'the last at most'],
  ])('of %j at %d is %d: %s', (counts, share, expected) => {
    expect(percentileOf(counts, share)).toBe(expected)
  })
})

describe('hist', () => {
  it('asks on the second day for what the first one needed at that hour', () => {
    const day = [...times(11, load(2)), ...times(12, load(7)), load(2)]
    const steps = drive(hist, contextOf(hist, [...SET, 'bins=2', 'errors=1']), [...day, ...day], 2)
    // Bin 0 is seconds 0 to 11; the tick of second 36 is the first in bin 1 of the second day, and asks for 7 at once.
    expect(steps[33]!.target).toBe(2)
    expect(steps[35]!.target).toBe(7)
  })

  it('adds the mean shortfall of past predictions', () => {
    const steps = drive(hist, contextOf(hist, [...SET, 'bins=1', 'errors=2']), [load(2), load(6), load(6)], 2)
    // Second 2: of 2 and 6 it takes 6, and it had said 2: 4 short. Second 3: 6, and (4 + 0) / 2.
    expect(steps[1]).toMatchObject({ target: 10, state: { shortfalls: [4] } })
    expect(steps[2]).toMatchObject({ target: 8, state: { shortfalls: [4, 0] } })
  })

  it('repairs at the sixth of ten ticks with too little, and forgets its errors', () => {
    const short = times(6, { ...load(5), target: 3 })
    const steps = drive(hist, contextOf(hist, SET), short)
    expect(steps.slice(0, 5).every(({ reason }) => !reason.includes('repair'))).toBe(true)
    expect(steps[5]).toMatchObject({ target: 7, state: { under: [], shortfalls: [] } })
  })

  it('keeps a memory of bounded size: loads above the bound count as the bound', () => {
    const context = contextOf(hist, SET, { replicas: { min: 1, max: 8 } })
    const steps = drive(
      hist,
      context,
      Array.from({ length: 500 }, (_, i) => load(i % 50)),
    )
    const { histogram, shortfalls, under } = steps.at(-1)!.state
    expect(histogram).toHaveLength(24)
    expect(Math.max(...histogram.map((counts) => counts.length))).toBe(9)
    expect(shortfalls.length).toBeLessThanOrEqual(60)
    expect(under.length).toBeLessThanOrEqual(10)
  })

  it('holds where the load is unknown', () => {
    expect(drive(hist, contextOf(hist), [{ arrivalsPerS: null }])[0]!.kind).toBe('hold')
  })
})
