import fc from 'fast-check'
import { mean } from 'simple-statistics'
import { expect, it } from 'vitest'
import { brokenLaws } from '../record/laws.ts'
import type { RunRecord, ServiceSettings } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import { replay } from '../sim/replay.ts'
import { simulate } from '../sim/run.ts'
import type { Simulation } from '../sim/simulation.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { Trace } from '../traces/trace.ts'
import { autoscaled, fixedFleet, handModel } from './support.ts'

const rate = fc.double({ min: 0, max: 60, noNaN: true })
const traces: fc.Arbitrary<Trace> = fc
  .record({ rates: fc.array(rate, { minLength: 2, maxLength: 6 }), even: fc.boolean() })
  .map(({ rates, even }) => ({
    name: 'random',
    description: '',
    load: {
      kind: 'rate',
      points: [{ atMs: 0, ratePerS: 1 }, ...rates.map((ratePerS, i) => ({ atMs: 4000 * (i + 1), ratePerS }))],
    },
    process: even ? 'even' : 'poisson',
    mix: { read: 3, write: 1 },
    durationMs: 4000 * rates.length,
  }))
const distributions: fc.Arbitrary<Distribution> = fc.constantFrom(
  { family: 'uniform', min: 5, max: 200 },
  { family: 'exponential', mean: 80 },
  { family: 'deterministic', value: 50 },
  { family: 'lognormal', mu: 4, sigma: 1 },
)
const services: fc.Arbitrary<Partial<ServiceSettings>> = fc.record({
  balance: fc.constantFrom('roundrobin', 'leastconn', 'random', 'first'),
  maxconn: fc.constantFrom(1, 2, null),
  clientTimeoutMs: fc.constantFrom(300, 2000, 10_000),
  queueTimeoutMs: fc.constantFrom(500, 30_000),
})
const simulations: fc.Arbitrary<Simulation> = fc
  .record({
    trace: traces,
    blocking: distributions,
    service: services,
    policy: fc.constantFrom('static', 'threshold', 'pid'),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ trace, blocking, service, policy, seed }) =>
    autoscaled({ trace, model: handModel(blocking, 900), policy, service, seed }),
  )

const runs = { numRuns: 60 }

it('every record obeys conservation, causality, monotone time and the life of a replica', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      const injected = generateArrivals(simulation.trace, simulation.seed).atMs.length
      expect(brokenLaws(simulate(simulation), injected)).toEqual([])
    }),
    runs,
  )
})

it('no request is left unanswered, and with faults the laws still hold', () => {
  const atMs = fc.integer({ min: 0, max: 8000 })
  const faults = fc.array(
    fc.oneof(
      atMs.map((at) => ({ kind: 'kill-replica' as const, atMs: at })),
      atMs.map((at) => ({ kind: 'lose-metrics' as const, atMs: at, durationMs: 3000 })),
      atMs.map((at) => ({ kind: 'restart-proxy' as const, atMs: at })),
    ),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(simulations, faults, (simulation, broken) => {
      const record = simulate({ ...simulation, faults: broken })
      expect(brokenLaws(record)).toEqual([])
      expect(record.requests.outcome).not.toContain('unanswered')
    }),
    runs,
  )
})

it('the same simulation gives the same bytes', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      const bytes = () =>
        JSON.stringify(simulate(simulation), (_, v) =>
          ArrayBuffer.isView(v) ? Array.from(v as Float64Array) : v,
        )
      expect(bytes()).toBe(bytes())
    }),
    { numRuns: 15 },
  )
})

it('a change of policy changes no arrival and no work (common random numbers)', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      const drawn = (policy: string) => {
        const other = autoscaled({
          ...simulation,
          policy,
          service: { clientTimeoutMs: 1e9, queueTimeoutMs: 1e9 },
        })
        const { intendedMs, class: classes, blockingMs } = simulate(other).requests
        return { intendedMs, classes, blockingMs }
      }
      expect(drawn('pid')).toEqual(drawn('threshold'))
    }),
    { numRuns: 20 },
  )
})

it('work conserving: no request waits in the proxy while a server in rotation has room', () => {
  fc.assert(
    fc.property(traces, distributions, fc.integer({ min: 1, max: 5 }), (trace, blocking, replicas) => {
      const record = simulate(fixedFleet({ trace, model: handModel(blocking), replicas }))
      expect(idleWhileQueued(record, replicas)).toEqual([])
    }),
    runs,
  )
})

it('more replicas never make the mean wait longer (one queue, common random numbers)', () => {
  fc.assert(
    fc.property(traces, distributions, fc.integer({ min: 1, max: 4 }), (trace, blocking, replicas) => {
      const waitMs = (n: number) =>
        mean([
          0,
          ...simulate(fixedFleet({ trace, model: handModel(blocking), replicas: n })).requests.queueWaitMs,
        ])
      expect(waitMs(replicas + 1)).toBeLessThanOrEqual(waitMs(replicas) + 1e-9)
    }),
    runs,
  )
})

it('replaying a record through its policy gives the same decisions', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      expect(replay(JSON.parse(JSON.stringify(simulate(simulation))), simulation.policy)).toEqual([])
    }),
    { numRuns: 30 },
  )
})

/** Requests that were waiting at a moment at which fewer than `replicas` were at a server. */
function idleWhileQueued({ requests }: RunRecord, replicas: number): string[] {
  const n = requests.intendedMs.length
  const start = Array.from({ length: n }, (_, i) => requests.intendedMs[i]! + requests.queueWaitMs[i]!)
  const end = start.map((at, i) => at + requests.serviceMs[i]!)
  return start.flatMap((startMs, i) => {
    if (requests.queueWaitMs[i]! < 1e-6) return []
    const probe = startMs - 1e-7 - Math.min(requests.queueWaitMs[i]! / 2, 0.5)
    const busy = start.filter((other, j) => other <= probe && probe < end[j]!).length
    return busy >= replicas
      ? []
      : [`request ${i} waits at ${probe} ms, only ${busy} of ${replicas} servers busy`]
  })
}
