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
import type { Batches } from './batches.ts'
import { erlangB, impatient, limitedRoom } from './closedForms.ts'

/** Requests that are turned away or leave: a queue limit, a queue time-out. */
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS })

const serviceMs = SERVICE_MS
const exponential: Distribution = { family: 'exponential', mean: serviceMs }
const constant: Distribution = { family: 'deterministic', value: serviceMs }

function lossy(
  service: Distribution,
  { rho, servers, settings }: { rho: number; servers: number; settings: Partial<ServiceSettings> },
): Batches {
  // A queue that loses requests forgets faster than one that keeps them all, and never more slowly than at rho 0.8 here.
  const batchRequests = batchLength({ rho: Math.min(rho, 0.8) })
  const trace = poissonTrace({ rho, servers, batchRequests })
  const model = handModel(service)
  return batches(fixedFleet({ trace, model, replicas: servers, seed: SEED, service: settings }), {
    batchRequests,
  })
}

describe('M/G/c/c, no room to wait: Erlang B, whatever the distribution', () => {
  const rows = [
    { name: 'exponential', service: exponential, servers: 1, offered: 0.5, notices: 0.01 },
    { name: 'exponential', service: exponential, servers: 3, offered: 4, notices: 0.01 },
    { name: 'exponential', service: exponential, servers: 10, offered: 6, notices: 0.06 },
    { name: 'constant', service: constant, servers: 3, offered: 4, notices: 0.01 },
    { name: 'constant', service: constant, servers: 10, offered: 6, notices: 0.06 },
  ]
  it.each(rows)('$name service, c = $servers, a = $offered', ({ service, servers, offered, notices }) => {
    const seen = lossy(service, { rho: offered / servers, servers, settings: { queueLimit: 0 } })
    expectExact('lost', seen.lost(), { exact: erlangB(servers, offered), notices })
  })
})

describe('M/M/c/K, room for K: lost, and mean wait of the others', () => {
  const rows = [
    { servers: 1, room: 5, rho: 0.8, notices: 0.04 },
    { servers: 3, room: 8, rho: 1.2, notices: 0.03 },
  ]
  it.each(rows)('c = $servers, K = $room, rho $rho', ({ servers, room, rho, notices }) => {
    const seen = lossy(exponential, { rho, servers, settings: { queueLimit: room - servers } })
    const { lost, meanWaitMs } = limitedRoom({ rho, servers, room, serviceMs })
    expectExact('lost', seen.lost(), { exact: lost, notices })
    expectExact('mean wait', seen.waitsMs(), { exact: meanWaitMs, notices: 0.02 })
  })
})

describe("M/M/c+D, who waited tau is sent away (the proxy's queue time-out): lost, and mean wait of the others", () => {
  const rows = [
    { servers: 1, rho: 0.8, patienceMs: 300, notices: 0.03 },
    { servers: 3, rho: 1.2, patienceMs: 150, notices: 0.03 },
  ]
  it.each(rows)('c = $servers, rho $rho, tau $patienceMs ms', ({ servers, rho, patienceMs, notices }) => {
    const seen = lossy(exponential, { rho, servers, settings: { queueTimeoutMs: patienceMs } })
    const { lost, meanWaitMs } = impatient({ rho, servers, patienceMs, serviceMs })
    expectExact('lost', seen.lost(), { exact: lost, notices })
    expectExact('mean wait', seen.waitsMs(), { exact: meanWaitMs, notices: 0.02 })
  })
})
