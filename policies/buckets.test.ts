import { describe, expect, it } from 'vitest'
import { type Buckets, NO_BUCKETS, noted, windowMean } from './buckets.ts'

const KEEP = 60
const bucketsOf = (data: [index: number, value: number][]): Buckets =>
  data.reduce((buckets, [index, value]) => noted(buckets, index, value, KEEP), NO_BUCKETS)

describe('the mean of a window of buckets', () => {
  it.each<[string, [number, number][], { index: number; length: number; mean: number }]>([
    [
      'a partial window is divided by what it covers',
      [
        [1, 4],
        [2, 8],
      ],
      { index: 2, length: 60, mean: 6 },
    ],
    [
      'a bucket without data counts 0',
      [
        [0, 1],
        [2, 3],
      ],
      { index: 2, length: 60, mean: 4 / 3 },
    ],
    [
      'a short window sees the latest alone',
      [
        [0, 9],
        [1, 9],
        [2, 3],
      ],
      { index: 2, length: 1, mean: 3 },
    ],
    [
      'data within a bucket are averaged',
      [
        [5, 2],
        [5, 4],
        [6, 5],
      ],
      { index: 6, length: 60, mean: 4 },
    ],
    [
      'a datum that has left the window still says that the window is full',
      [
        [0, 60],
        [50, 60],
        [70, 60],
      ],
      { index: 70, length: 60, mean: 2 },
    ],
    [
      'after a window without data it begins anew',
      [
        [0, 50],
        [60, 2],
      ],
      { index: 60, length: 60, mean: 2 },
    ],
  ])('%s', (_, data, { index, length, mean }) => {
    expect(windowMean(bucketsOf(data), index, length)).toBeCloseTo(mean, 12)
  })

  it('keeps no more than the longest window', () => {
    const full = bucketsOf(Array.from({ length: 500 }, (_, i) => [i, i]))
    expect(full.rows).toHaveLength(KEEP)
    expect(windowMean(full, 499, KEEP)).toBeCloseTo((440 + 499) / 2, 9)
  })
})
