import { describe, it, vi } from 'vitest'
import type { Distribution } from '../../sim/distribution.ts'
import type { ThinkTime, Trace } from '../../traces/trace.ts'
import { fixedFleet, handModel } from '../support.ts'
import { batches, expectExact, requestsFor, SEED, SERVICE_MS, TEST_TIMEOUT_MS } from '../theorySupport.ts'
import { closedLoop } from './closedForms.ts'

/**
 * A closed loop of users against the machine-repair model. Its values depend on the think time by its mean alone
 * (Baskett, Chandy, Muntz and Palacios, Journal of the ACM 22, 1975), if the service is exponential and in one
 * queue, or if nobody ever waits.
 */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

const serviceMs = SERVICE_MS
const USERS = 10
/** Ten users forget within some turns, each of them of a second or so. */
const BATCH_REQUESTS = 15_000

const exponential: Distribution = { family: 'exponential', mean: serviceMs }
const gamma: Distribution = { family: 'gamma', shape: 0.5, scale: 2 * serviceMs }
const thinking = {
  exponential: (meanMs: number): ThinkTime => ({ kind: 'exponential', meanMs }),
  constant: (ms: number): ThinkTime => ({ kind: 'constant', ms }),
  uniform: (meanMs: number): ThinkTime => ({ kind: 'uniform', minMs: 0, maxMs: 2 * meanMs }),
}

describe('ten users: throughput and mean sojourn', () => {
  const rows: {
    kind: keyof typeof thinking
    thinkMs: number
    servers: number
    service: Distribution
    of: string
  }[] = [
    { kind: 'exponential', thinkMs: 1000, servers: 1, service: exponential, of: 'exponential' },
    { kind: 'exponential', thinkMs: 300, servers: 3, service: exponential, of: 'exponential' },
    { kind: 'constant', thinkMs: 1000, servers: 1, service: exponential, of: 'exponential' },
    { kind: 'uniform', thinkMs: 300, servers: 3, service: exponential, of: 'exponential' },
    { kind: 'constant', thinkMs: 500, servers: USERS, service: gamma, of: 'gamma' },
  ]
  it.each(rows)(
    '$kind think time of $thinkMs ms, $of service, c = $servers',
    ({ kind, thinkMs, servers, service }) => {
      const { throughputPerMs, sojournMs } = closedLoop({ users: USERS, servers, thinkMs, serviceMs })
      const trace: Trace = {
        name: 'users',
        description: '',
        load: { kind: 'users', points: [{ atMs: 0, users: USERS }], think: thinking[kind](thinkMs) },
        process: 'poisson',
        mix: { read: 1 },
        durationMs: (1.05 * requestsFor(BATCH_REQUESTS)) / throughputPerMs,
      }
      const model = handModel(service)
      const seen = batches(fixedFleet({ trace, model, replicas: servers, seed: SEED }), {
        batchRequests: BATCH_REQUESTS,
      })
      expectExact('throughput', seen.throughputs(), { exact: throughputPerMs, notices: 0.006 })
      expectExact('sojourn', seen.sojournsMs(), { exact: sojournMs, notices: 0.016 })
    },
  )
})
