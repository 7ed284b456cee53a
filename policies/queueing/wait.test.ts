import { describe, expect, it } from 'vitest'
import { parseSla } from '../../analysis/sla.ts'
import { runMetrics } from '../../sim/replicate.ts'
import { constantLoad, fixedFleet, handModel } from '../../test/support.ts'
import type { Topology } from '../policy.ts'
import { lateShare, slowShare } from './response.ts'
import { replicasFor } from './staffing.ts'
import { type Queue, waitOf } from './wait.ts'

const TOPOLOGIES: readonly Topology[] = ['central', 'leastconn', 'roundrobin', 'random', 'first']

const meanWaitMs = (queue: Queue) => {
  const { probability, meanMs } = waitOf(queue)
  return probability * meanMs
}
const queueAt = (rho: number, different: Partial<Queue> = {}): Queue => {
  const queue = { topology: 'central', servers: 1, serviceMs: 102.5, serviceScv: 1, ...different } as const
  return { ...queue, arrivalsPerS: (rho * queue.servers * 1000) / queue.serviceMs }
}

describe('the mean wait', () => {
  // One server with 102.5 ms of service: exponential, fixed, and uniform from 5 to 200 ms. Seconds.
  it.each([
    { rho: 0.3, exponential: 0.0439, fixed: 0.022, uniform: 0.0286 },
    { rho: 0.5, exponential: 0.1025, fixed: 0.0512, uniform: 0.0667 },
    { rho: 0.7, exponential: 0.2392, fixed: 0.1196, uniform: 0.1557 },
    { rho: 0.8, exponential: 0.41, fixed: 0.205, uniform: 0.2668 },
    { rho: 0.9, exponential: 0.9225, fixed: 0.4613, uniform: 0.6004 },
    { rho: 0.95, exponential: 1.9475, fixed: 0.9737, uniform: 1.2674 },
  ])('of one server at $rho is the textbook’s, in every topology', ({ rho, exponential, fixed, uniform }) => {
    for (const topology of TOPOLOGIES) {
      for (const [serviceScv, seconds] of [
        [1, exponential],
        [0, fixed],
        [0.3016, uniform],
      ] as const)
        expect(Math.abs(meanWaitMs(queueAt(rho, { topology, serviceScv })) / 1000 - seconds)).toBeLessThan(
          1e-4,
        )
    }
  })

  it.each([
    { offered: 5, servers: 7, services: 0.162075 },
    { offered: 20, servers: 25, services: 0.041821 },
  ])('of $servers servers with one queue is that of M/M/c', ({ offered, servers, services }) => {
    expect(meanWaitMs(queueAt(offered / servers, { servers })) / 102.5).toBeCloseTo(services, 5)
  })
})

describe('P(R > limit)', () => {
  // M/M/1: the response is exponential with mean S / (1 - rho).
  it.each([0.2, 0.5, 0.9])('of M/M/1 at %f is exp(-(1 - rho) t / S)', (rho) => {
    for (const limitMs of [50, 500, 2000])
      expect(lateShare(queueAt(rho), limitMs)).toBeCloseTo(Math.exp((-(1 - rho) * limitMs) / 102.5), 9)
  })

  it('of M/M/c is the convolution of its wait and its service, written out', () => {
    const queue = queueAt(0.8, { servers: 4 })
    const { probability, meanMs } = waitOf(queue)
    const [mu, theta, t] = [1 / 102.5, 1 / meanMs, 400]
    const both = (theta * Math.exp(-mu * t) - mu * Math.exp(-theta * t)) / (theta - mu)
    expect(lateShare(queue, t)).toBeCloseTo((1 - probability) * Math.exp(-mu * t) + probability * both, 9)
  })

  it('by its series is the numerical convolution, whichever of wait and service is longer', () => {
    for (const serviceScv of [0.02, 0.3, 0.5, 1, 4])
      for (const [rho, servers] of [
        [0.3, 8],
        [0.7, 1],
        [0.97, 2],
      ] as const) {
        const queue = queueAt(rho, { servers, serviceScv })
        expect(lateShare(queue, 500)).toBeCloseTo(byQuadrature(queue, 500), 4)
      }
  })

  it('falls with more servers and with a later limit, rises with the load and with the variation', () => {
    for (const topology of TOPOLOGIES) {
      const at = (rho: number, servers: number, limitMs: number, serviceScv = 0.3) => {
        const queue = queueAt(rho, { topology, serviceScv })
        return lateShare({ ...queue, servers: servers }, limitMs)
      }
      const rising = (values: number[]) => expect(values, topology).toEqual([...values].sort((a, b) => a - b))
      rising([8, 6, 4, 3, 2, 1].map((servers) => at(1.5, servers, 500)))
      rising([2000, 800, 400, 200, 50].map((limitMs) => at(1.5, 2, limitMs)))
      rising([0.01, 0.5, 1, 1.5, 1.9, 2, 3].map((rho) => at(rho, 2, 500)))
      rising([0.05, 0.3, 0.6, 1, 2].map((scv) => at(1.4, 2, 600, scv)))
    }
  })

  it('of a service that varies hardly is a step at its time', () => {
    expect(slowShare({ serviceMs: 100, serviceScv: 0 }, 160)).toBeLessThan(0.001)
    expect(slowShare({ serviceMs: 100, serviceScv: 0 }, 50)).toBeGreaterThan(0.999)
  })

  // 120,000 requests each. Waits are taken as exponential, so that small shares come out too large: the safe side.
  it.each([
    { topology: 'central', balance: 'leastconn', maxconn: 1, within: 0.01 },
    { topology: 'leastconn', balance: 'leastconn', maxconn: null, within: 0.02 },
    { topology: 'roundrobin', balance: 'roundrobin', maxconn: null, within: 0.02 },
    { topology: 'random', balance: 'random', maxconn: null, within: 0.02 },
  ] as const)('of $topology is the simulator’s: 4 servers at 0.85, uniform service, 300 ms', (cell) => {
    const queue = queueAt(0.85, { topology: cell.topology, servers: 4, serviceScv: 0.3016 })
    const simulated = runMetrics(
      fixedFleet({
        trace: constantLoad(queue.arrivalsPerS, 120_000_000 / queue.arrivalsPerS),
        model: handModel({ family: 'uniform', min: 5, max: 200 }),
        replicas: 4,
        service: { balance: cell.balance, maxconn: cell.maxconn },
      }),
      parseSla('99%<300ms'),
    )
    expect(Math.abs(lateShare(queue, 300) - simulated.violationShare!)).toBeLessThan(cell.within)
    const seenWaitMs = simulated.responseMsMean! - 102.5
    expect(Math.abs(meanWaitMs(queue) / seenWaitMs - 1)).toBeLessThan(0.12)
  })
})

describe('staffing', () => {
  const demand = { arrivalsPerS: 36, serviceMs: 102.5, serviceScv: 0.3016 }

  it.each(TOPOLOGIES)(
    '%s: the smallest number that keeps the promise, which one fewer would not',
    (topology) => {
      for (const arrivalsPerS of [0, 1, 6, 20, 36, 90]) {
        const slo = { sloMs: 500, eps: 0.05 }
        const n = replicasFor({ ...demand, topology, arrivalsPerS }, slo, 1000)
        const at = (servers: number) => lateShare({ ...demand, topology, arrivalsPerS, servers }, 500)
        expect(at(n)).toBeLessThanOrEqual(0.05)
        if (n > 1) expect(at(n - 1)).toBeGreaterThan(0.05)
      }
    },
  )

  it('separate queues need more than one queue, and two draws more than the shortest queue', () => {
    const [central, shortest, twoDraws] = (['central', 'leastconn', 'random'] as const).map((topology) =>
      replicasFor({ ...demand, topology, arrivalsPerS: 90 }, { sloMs: 400, eps: 0.02 }, 1000),
    )
    expect(central).toBeLessThanOrEqual(shortest!)
    expect(shortest).toBeLessThan(twoDraws!)
  })

  it('asks for no more than `most`, and not for all of them where the service alone is too slow', () => {
    expect(replicasFor({ ...demand, topology: 'central' }, { sloMs: 500, eps: 0.05 }, 3)).toBe(3)
    const hopeless = replicasFor({ ...demand, topology: 'central' }, { sloMs: 90, eps: 0.05 }, 1000)
    expect(hopeless).toBeLessThan(12)
  })
})

/** The convolution on a fine grid of waits. */
function byQuadrature(queue: Queue, limitMs: number): number {
  const { probability, meanMs } = waitOf(queue)
  const steps = 20_000
  let sum = 0
  for (let i = 0; i < steps; i++) {
    const waitMs = -meanMs * Math.log(1 - (i + 0.5) / steps)
    sum += slowShare(queue, limitMs - waitMs)
  }
  return (1 - probability) * slowShare(queue, limitMs) + (probability * sum) / steps
}
