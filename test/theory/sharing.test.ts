import { describe, it, vi } from 'vitest'
import type { Distribution } from '../../sim/distribution.ts'
import type { Simulation } from '../../sim/simulation.ts'
import { fixedFleet } from '../support.ts'
import {
  batches,
  batchLength,
  expectExact,
  poissonTrace,
  SEED,
  SERVICE_MS,
  sharingModel,
  TEST_TIMEOUT_MS,
} from '../theorySupport.ts'
import { balancedBranches, birthDeath, meanOver } from './closedForms.ts'

/** CPU work on shared cores: egalitarian processor sharing (Kleinrock, Queueing Systems II, 4.4). */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

const serviceMs = SERVICE_MS
const exponential: Distribution = { family: 'exponential', mean: serviceMs }

function sharing(
  work: Distribution,
  {
    rho,
    batchRequests,
    host = {},
    blockingMs = 0,
  }: {
    rho: number
    batchRequests: number
    host?: Parameters<typeof sharingModel>[1]
    blockingMs?: number
  },
): Simulation {
  return fixedFleet({
    trace: poissonTrace({ rho, servers: 1, batchRequests }),
    model: sharingModel(work, host, blockingMs),
    replicas: 1,
    seed: SEED,
    service: { maxconn: null },
  })
}

describe('one core: mean sojourn S / (1 - rho), whatever the distribution', () => {
  const constant: Distribution = { family: 'deterministic', value: serviceMs }
  const spread: Distribution = { family: 'hyperexponential', branches: balancedBranches(4, serviceMs) }
  const rows = [
    { name: 'exponential', work: exponential, cs2: 1, rho: 0.5, notices: 0.02 },
    { name: 'exponential', work: exponential, cs2: 1, rho: 0.9, notices: 0.12 },
    { name: 'constant', work: constant, cs2: 0, rho: 0.8, notices: 0.04 },
    { name: 'hyperexponential', work: spread, cs2: 4, rho: 0.8, notices: 0.09 },
  ]
  it.each(rows)('$name work, rho $rho', ({ work, cs2, rho, notices }) => {
    const batchRequests = batchLength({ rho, variability: (1 + cs2) / 2 })
    const seen = batches(sharing(work, { rho, batchRequests }), { batchRequests })
    expectExact('sojourn', seen.sojournsMs(), { exact: serviceMs / (1 - rho), notices })
  })
})

it('one core, exponential work, rho 0.8: a request of work x takes x / (1 - rho), a small one as a large one', () => {
  const rho = 0.8
  const batchRequests = batchLength({ rho })
  const seen = batches(sharing(exponential, { rho, batchRequests }), { batchRequests, smallMs: serviceMs })
  expectExact('sojourn', seen.sojournsMs(), { exact: serviceMs / (1 - rho), notices: 0.06 })
  expectExact('below the mean work', seen.stretches('small'), { exact: 1 / (1 - rho), notices: 0.06 })
  expectExact('above the mean work', seen.stretches('large'), { exact: 1 / (1 - rho), notices: 0.06 })
})

describe('cores, quota and others: n requests are worked at rate min(n most, cores - others)', () => {
  /** `rho` is the rate of work in cores; it loads `free` of them, one request at most `most`. */
  const rows = [
    { name: 'two cores, M/M/2', host: { cores: 2 }, rho: 1.6, free: 2, most: 1 },
    {
      name: 'two cores of which others use half a one',
      host: { cores: 2, othersCores: 0.5 },
      rho: 1.2,
      free: 1.5,
      most: 1,
    },
    { name: 'a quota of half a core', host: { cores: 1, quota: 0.5 }, rho: 0.8, free: 1, most: 0.5 },
  ]
  it.each(rows)('$name', ({ host, rho, free, most }) => {
    const batchRequests = batchLength({ rho: rho / free })
    const p = birthDeath(2000, {
      up: () => rho / serviceMs,
      down: (n) => Math.min(n * most, free) / serviceMs,
    })
    const exact = (meanOver(p, (n) => n) * serviceMs) / rho
    const seen = batches(sharing(exponential, { rho, batchRequests, host }), { batchRequests })
    expectExact('sojourn', seen.sojournsMs(), { exact, notices: 0.06 })
  })
})

it('sleeping first only adds its time: what leaves M/G/infinity is Poisson again', () => {
  const rho = 0.8
  const batchRequests = batchLength({ rho })
  const constant: Distribution = { family: 'deterministic', value: serviceMs }
  const seen = batches(sharing(constant, { rho, batchRequests, blockingMs: 250 }), { batchRequests })
  expectExact('sojourn', seen.sojournsMs(), { exact: 250 + serviceMs / (1 - rho), notices: 0.03 })
})
