import { expect, test } from 'vitest'
import { INDEX_BOUNDS } from './dispersion.ts'
import { measureDispersion } from './dispersionBench.ts'
import { ourReport, WITHIN } from './omission.ts'

/** What the generator promises, in short, against a server in another process. The long form: npm run bench:load. */

// Another program on the cores bunches requests; the retries are for their worst moments.
test.each([200, 1000])('%d/s are Poisson on the wire', { retry: 2 }, async (ratePerS) => {
  const rows = await measureDispersion({ ratePerS, seconds: 5, seed: 1 })
  expect(rows.map(({ windowMs }) => windowMs)).toEqual([10])
  for (const { index, intended } of rows) {
    expect(index).toBeGreaterThan(INDEX_BOUNDS.low)
    expect(index).toBeLessThan(INDEX_BOUNDS.high)
    expect(Math.abs(index - intended)).toBeLessThan(0.15)
  }
})

test('a server that stalls shows its true percentiles', { retry: 2 }, async () => {
  const stalls = { serviceMs: 1, stallMs: 300, everyMs: 2000 }
  const { truth, ours } = await ourReport(stalls, { ratePerS: 200, seconds: 6, seed: 1 })
  expect(ours.requests).toBe(truth.requests)
  expect(truth.p99).toBeGreaterThan(250)
  for (const p of ['p95', 'p99', 'p999'] as const)
    expect(Math.abs(ours[p] / truth[p] - 1), p).toBeLessThan(WITHIN)
})
