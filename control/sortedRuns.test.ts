import fc from 'fast-check'
import { quantileSorted } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { sortedCopy } from './sortedCopy.ts'
import { quantilesOfRuns } from './sortedRuns.ts'

const number = fc.double({ min: 0, max: 1, noNaN: true })
/** Latencies as they come: smooth, whole numbers with many equal, heavy tails, nearly all at one end. */
const value = fc.oneof(
  number.map((x) => x * 1000),
  number.map((x) => Math.round(x * 5)),
  number.map((x) => Math.exp(20 * x)),
  number.map((x) => x * 1e-9),
  fc.constantFrom(0, 30_000, 1e300),
)
const values = (maxLength: number) => fc.array(value, { minLength: 1, maxLength, size: 'max' })

describe('sortedCopy', () => {
  it('gives what the sort of the engine gives, and leaves its input alone', () => {
    fc.assert(
      fc.property(values(300), fc.nat(10), (list, more) => {
        const input = Float64Array.from([...list, ...new Array(more).fill(-1)])
        const before = input.slice()
        expect(sortedCopy(input, list.length)).toEqual(Float64Array.from(list).sort())
        expect(input).toEqual(before)
      }),
      { numRuns: 300 },
    )
  })

  it.each<[string, (i: number) => number]>([
    ['all equal', () => 7],
    ['ascending', (i) => i],
    ['descending', (i) => -i],
    ['each ten thousand times the one before: dealt again and again', (i) => 10 ** (4 * (i % 70))],
    ['two values', (i) => i % 2],
  ])('%s', (_name, valueAt) => {
    const input = Float64Array.from({ length: 500 }, (_, i) => valueAt(i))
    expect(sortedCopy(input, 500)).toEqual(input.slice().sort())
  })
})

describe('quantilesOfRuns', () => {
  it('are those of all values sorted together, to the bit', () => {
    const probabilities = [0, 0.1, 0.5, 0.5, 0.95, 0.99, 1]
    fc.assert(
      fc.property(fc.array(values(60), { minLength: 1, maxLength: 8, size: 'max' }), (lists) => {
        const together = lists.flat().sort((a, b) => a - b)
        const runs = lists.map((list) => Float64Array.from(list).sort())
        expect(quantilesOfRuns(runs, probabilities)).toEqual(
          probabilities.map((p) => quantileSorted(together, p)),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('finds ranks in runs that do not look like one another', () => {
    const runs = Array.from({ length: 40 }, (_, k) =>
      Float64Array.from({ length: 50 }, (_, i) => 1000 * k + i),
    )
    expect(quantilesOfRuns(runs, [0.25, 0.75])).toEqual([9049 + 0.75 * 951, 29_049 + 0.25 * 951])
  })
})
