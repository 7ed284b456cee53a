import { describe, expect, it } from 'vitest'
import { type Random, stream } from './random.ts'
import { EXPONENTIAL_LAYERS, exponentialDraw, NORMAL_LAYERS, normalDraw } from './ziggurat.ts'

const DRAWS = 4_000_000

describe.each([
  ['exponential', EXPONENTIAL_LAYERS],
  ['normal', NORMAL_LAYERS],
])('the layers of the %s density', (_name, { x, f }) => {
  it('become narrower and higher, and end at the peak', () => {
    expect(x[256]).toBe(0)
    expect(f[256]).toBe(1)
    for (let i = 0; i < 256; i++) {
      expect(x[i]).toBeGreaterThan(x[i + 1]!)
      expect(f[i]).toBeLessThan(f[i + 1]!)
    }
  })

  it('have all the same area, the top one too', () => {
    const area = x[0]! * f[1]!
    for (let i = 1; i < 256; i++) expect((x[i]! * (f[i + 1]! - f[i]!)) / area).toBeCloseTo(1, 11)
  })
})

it('has the layer areas that Marsaglia and Tsang give', () => {
  expect(EXPONENTIAL_LAYERS.x[0]! * EXPONENTIAL_LAYERS.f[1]!).toBeCloseTo(0.00394965982258, 13)
  expect(NORMAL_LAYERS.x[0]! * NORMAL_LAYERS.f[1]!).toBeCloseTo(0.00492867323399, 12)
})

/** P(Z > z) = erfc(z / sqrt 2) / 2. */
const NORMAL_TAILS = [
  { bound: 1, probability: 0.15865525393145705 },
  { bound: 3, probability: 0.0013498980316300946 },
  { bound: 3.65, probability: 1.3112015442048462e-4 },
  { bound: 4, probability: 3.167124183311992e-5 },
  { bound: 4.3, probability: 8.539905470991811e-6 },
]

/**
 * How often 4 million draws lie beyond a bound, against the exact probability: 5 standard errors. A wrong tail shows
 * well beyond the base of the ziggurat (r = 7.697 and 3.654), not at it. One fixed seed; another one fails a
 * row with probability 6e-7 (somewhat more in the last row of each, where only some 30 are expected).
 */
describe.each([
  [
    'exponential',
    exponentialDraw,
    [1, 7.6, 7.7, 8.5, 10, 12].map((bound) => ({ bound, probability: Math.exp(-bound) })),
  ],
  ['normal', normalDraw, NORMAL_TAILS],
  ['mirrored normal', (random: Random) => -normalDraw(random), NORMAL_TAILS],
] as const)('%s', (subject, draw, tails) => {
  const counts = countsBeyond(
    tails.map(({ bound }) => bound),
    draw,
    stream(23, subject),
  )

  it.each(tails.map((tail, i) => ({ ...tail, count: counts[i]! })))(
    'P(X > $bound) = $probability',
    ({ probability, count }) => {
      const spread = Math.sqrt(DRAWS * probability * (1 - probability))
      expect(Math.abs(count - DRAWS * probability)).toBeLessThan(5 * spread)
    },
  )
})

/**
 * The last position of layer 0 lies beyond the base, so a draw that begins with it comes from the tail: enough of
 * them to see its shape, which the 500 of four million draws above cannot. With Mills' ratio m = phi(r) / Q(r) a
 * normal beyond r has the mean m and the variance 1 + r m - m^2. 5 standard errors, kurtosis 9 and 7.2.
 */
it.each([
  ['exponential', exponentialDraw, EXPONENTIAL_LAYERS.x[1]! + 1, 1],
  ['normal', normalDraw, 3.897039071648473, 0.05346304207406363],
])('%s tail: mean and variance beyond the base', (subject, draw, mean, variance) => {
  const random = stream(29, subject)
  const n = 1_000_000
  const tail = Float64Array.from({ length: n }, () => draw(after(1 / 256 - 2 ** -32, random)))
  const sampleMean = tail.reduce((sum, x) => sum + x, 0) / n
  const sampleVariance = tail.reduce((sum, x) => sum + (x - sampleMean) ** 2, 0) / n
  expect(Math.abs(sampleMean - mean)).toBeLessThan(5 * Math.sqrt(variance / n))
  expect(Math.abs(sampleVariance - variance)).toBeLessThan(5 * variance * Math.sqrt(8 / n))
})

/** A stream has 2^32 values: the extreme ones and those at the edges of layers, then a stream goes on. */
it.each([0, 2 ** -32, 1 / 256, 0.5, 1 - 1 / 256, 1 - 2 ** -32])(
  'is finite after a uniform of %d',
  (first) => {
    const [x, z] = [exponentialDraw(after(first)), normalDraw(after(first))]
    expect(x > 0 && x < 20).toBe(true)
    expect(z !== 0 && Math.abs(z) < 10).toBe(true)
  },
)

function after(first: number, random = stream(1, 'after')): Random {
  let calls = 0
  return () => (calls++ === 0 ? first : random())
}

/** How many of DRAWS draws lie above each of the bounds, which ascend. */
function countsBeyond(bounds: number[], draw: (random: Random) => number, random: Random): number[] {
  const counts = bounds.map(() => 0)
  for (let i = 0; i < DRAWS; i++) {
    const x = draw(random)
    for (let j = 0; j < bounds.length && x > bounds[j]!; j++) counts[j]! += 1
  }
  return counts
}
