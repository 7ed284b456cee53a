import { describe, it, vi } from 'vitest'
import type { ServiceSettings } from '../../record/schema.ts'
import type { Distribution } from '../../sim/distribution.ts'
import { fixedFleet, handModel } from '../support.ts'
import {
  batches,
  batchLength,
  expectExact,
  poissonTrace,
  SEED,
  SERVICE_MS,
  TEST_TIMEOUT_MS,
} from '../theorySupport.ts'
import * as chains from './chains.ts'
import { balancedBranches, erlangGaps, generalArrivalsSojournMs } from './closedForms.ts'

/** Queues whose exact values are computed: several servers and general service, bursts, a queue at each server. */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

const serviceMs = SERVICE_MS
const exponential: Distribution = { family: 'exponential', mean: serviceMs }
const NO_LIMIT: Partial<ServiceSettings> = { maxconn: null }

describe('M/G/c: mean wait', () => {
  const branches = balancedBranches(4, serviceMs)
  const constant: Distribution = { family: 'deterministic', value: serviceMs }
  const rows: {
    name: string
    service: Distribution
    cs2: number
    servers: number
    rho: number
    exact: number
    notices: number
  }[] = [
    {
      name: 'M/D/2',
      service: constant,
      cs2: 0,
      servers: 2,
      rho: 0.8,
      exact: chains.constantServiceWaitMs({ rho: 0.8, servers: 2, serviceMs }),
      notices: 0.06,
    },
    {
      name: 'M/D/4',
      service: constant,
      cs2: 0,
      servers: 4,
      rho: 0.9,
      exact: chains.constantServiceWaitMs({ rho: 0.9, servers: 4, serviceMs }),
      notices: 0.11,
    },
    {
      name: 'M/E2/4',
      service: { family: 'gamma', shape: 2, scale: serviceMs / 2 },
      cs2: 0.5,
      servers: 4,
      rho: 0.9,
      exact: chains.erlang2WaitMs({ rho: 0.9, servers: 4, serviceMs }),
      notices: 0.14,
    },
    {
      name: 'M/H2/3',
      service: { family: 'hyperexponential', branches },
      cs2: 4,
      servers: 3,
      rho: 0.85,
      exact: chains.hyperexponentialWaitMs({ lambda: (3 * 0.85) / serviceMs, servers: 3, branches }),
      notices: 0.15,
    },
  ]
  it.each(rows)('$name, rho $rho', ({ service, cs2, servers, rho, exact, notices }) => {
    const batchRequests = batchLength({ rho, variability: (1 + cs2) / 2, least: cs2 > 1 ? 40_000 : 20_000 })
    const trace = poissonTrace({ rho, servers, batchRequests })
    const simulation = fixedFleet({ trace, model: handModel(service), replicas: servers, seed: SEED })
    expectExact('mean wait', batches(simulation, { batchRequests }).waitsMs(), { exact, notices })
  })
})

it('MMPP/M/1: bursts of twice the rate, rho 0.6 on the whole and 1.2 within a burst', () => {
  const burst = [
    { factor: 0.5, meanMs: 4000 },
    { factor: 2, meanMs: 2000 },
  ] as const
  const rho = 0.6
  // The variance of the arrivals in a long time is 9 times their number, that of Poisson once: (9 + 1) / 2.
  const batchRequests = batchLength({ rho, variability: 5, least: 40_000 })
  const trace = { ...poissonTrace({ rho, servers: 1, batchRequests }), process: 'mmpp' as const, burst }
  const simulation = fixedFleet({ trace, model: handModel(exponential), replicas: 1, seed: SEED })
  const exact = chains.burstyWaitMs({ lambda: rho / serviceMs, burst, serviceMs })
  expectExact('mean wait', batches(simulation, { batchRequests }).waitsMs(), { exact, notices: 0.07 })
})

describe('a queue at each server (no maxconn): mean sojourn', () => {
  const rows: {
    name: string
    balance: ServiceSettings['balance']
    servers: number
    rho: number
    exact: (rho: number) => number
    variability: number
    queues: number
    notices: number
  }[] = [
    ...[0.8, 0.95].map((rho) => ({
      name: 'roundrobin over 4 servers, E4/M/1',
      balance: 'roundrobin' as const,
      servers: 4,
      rho,
      exact: (r: number) => generalArrivalsSojournMs(erlangGaps(4, r), serviceMs),
      variability: 0.625,
      queues: 4,
      notices: rho > 0.9 ? 0.11 : 0.05,
    })),
    ...[0.8, 0.9].map((rho) => ({
      name: 'leastconn over 2 servers, join the shortest queue',
      balance: 'leastconn' as const,
      servers: 2,
      rho,
      exact: (r: number) => chains.twoQueuesSojournMs({ rho: r, shorter: 1, serviceMs }),
      variability: 1,
      queues: 1,
      notices: rho > 0.8 ? 0.11 : 0.05,
    })),
    {
      name: 'random over 2 servers, the better of two draws',
      balance: 'random',
      servers: 2,
      rho: 0.8,
      exact: (r) => chains.twoQueuesSojournMs({ rho: r, shorter: 0.75, serviceMs }),
      variability: 1,
      queues: 2,
      notices: 0.05,
    },
  ]
  it.each(rows)('$name, rho $rho', ({ balance, servers, rho, exact, variability, queues, notices }) => {
    const batchRequests = batchLength({ rho, variability, queues })
    const trace = poissonTrace({ rho, servers, batchRequests })
    const simulation = fixedFleet({
      trace,
      model: handModel(exponential),
      replicas: servers,
      seed: SEED,
      service: { balance, ...NO_LIMIT },
    })
    expectExact('sojourn', batches(simulation, { batchRequests }).sojournsMs(), {
      exact: exact(rho),
      notices,
    })
  })
})
