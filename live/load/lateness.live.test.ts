import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runClock } from '../../base/clock.ts'
import { generateArrivals } from '../../traces/arrivals.ts'
import { generateLoad } from './loadgen.ts'

/** How late the generator is: among the tests that run one at a time, since others on the same cores would make it late. */
const server = createServer((request, response) => {
  request.resume()
  response.end('done')
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => {
  server.closeAllConnections()
  return new Promise<void>((resolve) => server.close(() => resolve()))
})

// The bound is for machines that others use, too; the retries are for their worst moments.
it.each([50, 500])('%d/s keep to their times', { retry: 3 }, async (ratePerS) => {
  const load = { kind: 'rate', points: [{ atMs: 0, ratePerS }] } as const
  const mix = { read: 6, write: 2, list: 1, compress: 1 }
  const trace = { name: 'x', description: '', load, process: 'poisson', mix, durationMs: 4000 } as const
  const { lateness } = await generateLoad({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: generateArrivals(trace, 1),
    seed: 7,
    now: runClock(),
    timeoutMs: 5000,
    onDone: () => {},
  })
  const { p50, p99, max } = lateness!
  console.log(
    `lateness at ${ratePerS}/s: p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, max ${max.toFixed(2)} ms`,
  )
  expect(p99).toBeLessThan(20)
})
