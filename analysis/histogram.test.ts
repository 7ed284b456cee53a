import fc from 'fast-check'
import { mean, quantileSorted } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import { Histogram, RELATIVE_ERROR } from './histogram.ts'

const PROBABILITIES = [0, 0.25, 0.5, 0.9, 0.95, 0.99, 1]

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const ms of times) histogram.record(ms)
  return histogram
}

/** From nothing to 50 days, each octave as likely as the next; whole milliseconds too, as a proxy logs them. */
const time = fc.oneof(
  fc.double({ min: -10, max: 31.9, noNaN: true }).map((octave) => 2 ** octave),
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(0, 0.0004, 1.0235, 1.024, 2.048, 2 ** 31 / 1000, 2 ** 32 / 1000, 2 ** 33 / 1000),
)
const times = fc.array(time, { minLength: 1, maxLength: 200, size: 'max' })
const withinBounds = (value: number, exact: number) =>
  Math.abs(value - exact) <= Math.max(0.0005, exact * RELATIVE_ERROR) + 1e-9 * exact

describe('quantiles', () => {
  it('of any times are those of type 7 within 0.1 %, or half a microsecond', () => {
    fc.assert(
      fc.property(times, (list) => {
        const histogram = histogramOf(list)
        const sorted = [...list].sort((a, b) => a - b)
        for (const p of PROBABILITIES) {
          const [value, exact] = [histogram.quantile(p)!, quantileSorted(sorted, p)]
          expect(withinBounds(value, exact), `p ${p}: ${value}, exact ${exact}`).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are exact on whole microseconds below 2.048 ms: every value has its bucket', () => {
    const list = Array.from({ length: 2047 }, (_, us) => us / 1000)
    for (const p of PROBABILITIES) {
      expect(histogramOf(list).quantile(p)).toBeCloseTo(quantileSorted(list, p), 12)
    }
  })

  it('lie evenly in a bucket: the median of 100 equal times is the middle of the 512 us of theirs', () => {
    const list = Array.from({ length: 100 }, () => 1024.3)
    expect(histogramOf(list).quantile(0.5)).toBeCloseTo(1024 + 0.511 / 2, 9)
  })

  it('of nothing are unknown, not 0', () => {
    expect(new Histogram().quantile(0.5)).toBeNull()
    expect(new Histogram().meanMs).toBeNull()
  })
})

it('the mean is that of the times as given, not of their buckets', () => {
  fc.assert(
    fc.property(times, (list) => {
      expect(histogramOf(list).meanMs! / mean(list) - 1 || 0).toBeCloseTo(0, 12)
    }),
  )
})

it('merging is recording both, in either order', () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      const [one, other] = [histogramOf(a), histogramOf(b)]
      one.merge(histogramOf(b))
      other.merge(histogramOf(a))
      const both = histogramOf([...a, ...b])
      for (const merged of [one, other]) {
        expect(merged.count).toBe(both.count)
        expect(PROBABILITIES.map((p) => merged.quantile(p))).toEqual(
          PROBABILITIES.map((p) => both.quantile(p)),
        )
        expect(merged.meanMs! / both.meanMs! - 1 || 0).toBeCloseTo(0, 12)
      }
    }),
    { numRuns: 50 },
  )
})

it('after clear it is as new', () => {
  const histogram = histogramOf([1, 2, 3_000_000])
  histogram.clear()
  expect([histogram.count, histogram.meanMs, histogram.quantile(0.5)]).toEqual([0, null, null])
  histogram.record(7)
  expect(histogram.quantile(1)).toBeCloseTo(7, 2)
})

describe('what is no time', () => {
  it.each([-1, Number.NaN])('%d is a bug', (ms) =>
    expect(() => new Histogram().record(ms)).toThrow('bug: a time of'),
  )
  it.each([2 ** 42 / 1000, Number.POSITIVE_INFINITY])('%d is too long, and said so', (ms) => {
    expect(() => new Histogram().record(ms)).toThrow('expected at most 50.9 days')
  })
})
