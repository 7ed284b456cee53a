import { describe, expect, it } from 'vitest'
import { extended, NO_SERIES, type Series } from './series.ts'

const SIZES = { keep: 5, bridge: 2 }
const seriesOf = (samples: [step: number, value: number][]): Series =>
  samples.reduce((series, [step, value]) => extended(series, { step, value }, SIZES), NO_SERIES)

describe('a series', () => {
  it.each<[string, [number, number][], number[]]>([
    [
      'grows',
      [
        [1, 4],
        [2, 5],
      ],
      [4, 5],
    ],
    [
      'bridges lost samples on a line',
      [
        [1, 4],
        [4, 10],
      ],
      [4, 6, 8, 10],
    ],
    [
      'starts anew after more',
      [
        [1, 4],
        [5, 10],
      ],
      [10],
    ],
    [
      'keeps the latest',
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
        [5, 5],
        [6, 6],
      ],
      [2, 3, 4, 5, 6],
    ],
  ])('%s', (_, samples, values) => {
    expect(seriesOf(samples)).toEqual({ step: samples.at(-1)![0], values })
  })
})
