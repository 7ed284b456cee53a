import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RequestTable, ServiceSettings } from '../record/schema.ts'
import { PLAIN_CONTAINER } from '../sim/assemble.ts'
import type { Distribution } from '../sim/distribution.ts'
import { simulate } from '../sim/run.ts'
import type { Trace } from '../traces/trace.ts'
import { fixedFleet, handModel } from './support.ts'

/*
 * A fixed fleet whose clients wait for ever: then the wait of each request follows from the arrivals and the
 * service times by a recursion of one line, for all of these settings.
 */

const traces: fc.Arbitrary<Trace> = fc
  .record({
    rates: fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 2, maxLength: 5 }),
    process: fc.constantFrom('poisson' as const, 'even' as const),
  })
  .map(({ rates, process }) => ({
    name: 'random',
    description: '',
    load: { kind: 'rate', points: [1, ...rates].map((ratePerS, i) => ({ atMs: 4000 * i, ratePerS })) },
    process,
    mix: { read: 3, write: 1 },
    durationMs: 4000 * rates.length,
  }))
const distributions = fc.constantFrom<Distribution[]>(
  { family: 'uniform', min: 5, max: 200 },
  { family: 'exponential', mean: 80 },
  { family: 'deterministic', value: 50 },
  { family: 'lognormal', mu: 4, sigma: 1 },
  { family: 'weibull', shape: 0.7, scale: 70 },
)
const inOrder = fc.constantFrom<ServiceSettings['balance'][]>('leastconn', 'roundrobin', 'first')
const servers = fc.integer({ min: 1, max: 5 })
const seeds = fc.integer({ min: 0, max: 1e6 })
const runs = { numRuns: 60 }

interface Setting {
  trace: Trace
  blocking: Distribution
  replicas: number
  seed: number
  workers?: number
  service?: Partial<ServiceSettings>
}

function requestsOf({ trace, blocking, replicas, seed, workers = 1, service }: Setting): RequestTable {
  const model = { ...handModel(blocking), container: { ...PLAIN_CONTAINER, workers } }
  return simulate(fixedFleet({ trace, model, replicas, seed, service })).requests
}

describe('every wait is the one that the recursion gives', () => {
  it('one queue, maxconn 1: the server that is free first (Kiefer and Wolfowitz 1955)', () => {
    fc.assert(
      fc.property(
        traces,
        distributions,
        servers,
        inOrder,
        seeds,
        (trace, blocking, replicas, balance, seed) => {
          const requests = requestsOf({ trace, blocking, replicas, seed, service: { balance } })
          expectNear(requests.queueWaitMs, waitsOf(requests, replicas))
        },
      ),
      runs,
    )
  })

  it('one queue, maxconn 2 and two workers a server: as twice as many servers', () => {
    fc.assert(
      fc.property(traces, distributions, servers, seeds, (trace, blocking, replicas, seed) => {
        const requests = requestsOf({ trace, blocking, replicas, seed, workers: 2, service: { maxconn: 2 } })
        expectNear(requests.queueWaitMs, waitsOf(requests, 2 * replicas))
      }),
      runs,
    )
  })

  it('no maxconn, taking turns: each server its own queue (Lindley 1952)', () => {
    fc.assert(
      fc.property(traces, distributions, servers, seeds, (trace, blocking, replicas, seed) => {
        const service = { balance: 'roundrobin' as const, maxconn: null }
        const requests = requestsOf({ trace, blocking, replicas, seed, service })
        const { intendedMs, blockingMs, serviceMs } = requests
        const freeMs = Array<number>(replicas).fill(0)
        const expected = Array.from(intendedMs, (atMs, i) => {
          const server = i % replicas
          const startMs = Math.max(atMs, freeMs[server]!)
          freeMs[server] = startMs + blockingMs[i]!
          return freeMs[server]! - atMs
        })
        expectNear(serviceMs, expected)
      }),
      runs,
    )
  })
})

it('work conserving: no request waits in the proxy while a server in rotation has room', () => {
  fc.assert(
    fc.property(traces, distributions, servers, inOrder, (trace, blocking, replicas, balance) => {
      const requests = requestsOf({ trace, blocking, replicas, seed: 1, service: { balance } })
      expect(idleWhileQueued(requests, replicas)).toEqual([])
    }),
    runs,
  )
})

it('the algorithm of random does not conserve work: the exception is real', () => {
  const blocking: Distribution = { family: 'exponential', mean: 80 }
  const load = { kind: 'rate' as const, points: [{ atMs: 0, ratePerS: 30 }] }
  const trace: Trace = {
    name: '',
    description: '',
    load,
    process: 'poisson',
    mix: { read: 1 },
    durationMs: 20_000,
  }
  const requests = requestsOf({ trace, blocking, replicas: 5, seed: 1, service: { balance: 'random' } })
  expect(idleWhileQueued(requests, 5).length).toBeGreaterThan(0)
})

it('one more replica makes no single request wait longer (one queue, common random numbers)', () => {
  fc.assert(
    fc.property(traces, distributions, servers, seeds, (trace, blocking, replicas, seed) => {
      const few = requestsOf({ trace, blocking, replicas, seed }).queueWaitMs
      const more = requestsOf({ trace, blocking, replicas: replicas + 1, seed }).queueWaitMs
      const longer = Array.from(more, (waitMs, i) => waitMs - few[i]!).filter((ms) => ms > 1e-6)
      expect(longer).toEqual([])
    }),
    runs,
  )
})

it('shorter service makes no single request wait longer (one queue, same draws)', () => {
  fc.assert(
    fc.property(traces, servers, seeds, (trace, replicas, seed) => {
      const waits = (mean: number) =>
        requestsOf({ trace, blocking: { family: 'exponential', mean }, replicas, seed }).queueWaitMs
      const slow = waits(80)
      const longer = Array.from(waits(60), (waitMs, i) => waitMs - slow[i]!).filter((ms) => ms > 1e-6)
      expect(longer).toEqual([])
    }),
    runs,
  )
})

/** Waits in one queue, first come first served, in front of so many servers. */
function waitsOf({ intendedMs, blockingMs }: RequestTable, places: number): number[] {
  const freeMs = Array<number>(places).fill(0)
  return Array.from(intendedMs, (atMs, i) => {
    const first = freeMs.indexOf(Math.min(...freeMs))
    const startMs = Math.max(atMs, freeMs[first]!)
    freeMs[first] = startMs + blockingMs[i]!
    return startMs - atMs
  })
}

function expectNear(seen: ArrayLike<number>, expected: readonly number[]): void {
  expect(seen.length).toBe(expected.length)
  expect(
    expected.flatMap((ms, i) => (Math.abs(seen[i]! - ms) < 1e-6 ? [] : [{ i, seen: seen[i], ms }])),
  ).toEqual([])
}

/** Requests that were waiting at a moment at which fewer than `places` were at a server. */
function idleWhileQueued({ intendedMs, queueWaitMs, serviceMs }: RequestTable, places: number): string[] {
  const start = Array.from(intendedMs, (atMs, i) => atMs + queueWaitMs[i]!)
  const end = start.map((atMs, i) => atMs + serviceMs[i]!)
  return start.flatMap((startMs, i) => {
    if (queueWaitMs[i]! < 1e-6) return []
    const probe = startMs - 1e-7 - Math.min(queueWaitMs[i]! / 2, 0.5)
    const busy = start.filter((other, j) => other <= probe && probe < end[j]!).length
    return busy >= places ? [] : [`request ${i} waits at ${probe} ms, only ${busy} of ${places} servers busy`]
  })
}
