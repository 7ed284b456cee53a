import { describe, expect, it } from 'vitest'
import { lateShare } from '../queueing/response.ts'
import { lateRequests, lateShareInStep } from './cost.ts'

const SERVICE = { serviceMs: 100, serviceScv: 0.3, topology: 'central' } as const
const at = (different: Partial<Parameters<typeof lateShareInStep>[1]>) =>
  lateShareInStep(SERVICE, { arrivalsPerS: 24, ready: 4, backlog: 0, stepMs: 1000, ...different }, 500)

describe('late requests in a step', () => {
  it('without a backlog are those of the steady queue', () => {
    expect(at({})).toBe(lateShare({ ...SERVICE, servers: 4, arrivalsPerS: 24 }, 500))
  })

  // 40 served in a second, 24 come: 20 waiting are 12 in the middle of the step, 300 ms before the next.
  it('wait for the backlog of the middle of the step: 12 left before 4 servers leave 200 ms of 500', () => {
    expect(at({ backlog: 20 })).toBeCloseTo(lateShare({ ...SERVICE, servers: 4, arrivalsPerS: 24 }, 200), 12)
  })

  it('are all of them where the backlog takes longer than the limit, and where no replica is ready', () => {
    expect(at({ backlog: 100 })).toBe(1)
    expect(at({ ready: 0 })).toBe(1)
  })

  it('become more with the load without a jump where the fleet is saturated', () => {
    const shares = Array.from({ length: 60 }, (_, i) => at({ arrivalsPerS: 30 + i / 2 }))
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    expect(Math.max(...shares.slice(1).map((share, i) => share - shares[i]!))).toBeLessThan(0.1)
  })

  it('in the table are share times arrivals, by step, replicas and level', () => {
    const late = lateRequests({
      service: SERVICE,
      sloMs: 500,
      arrivalsPerS: [24, 30, 24],
      stepMs: 2000,
      bucket: 5,
      buckets: 9,
      most: 6,
    })
    for (const [step, arrivalsPerS] of [24, 30, 24].entries())
      for (const [ready, level] of [
        [4, 0],
        [4, 4],
        [3, 8],
      ] as const) {
        const share = at({ arrivalsPerS, ready, backlog: 5 * level, stepMs: 2000 })
        expect(late(step, ready, level)).toBeCloseTo(2 * arrivalsPerS * share, 12)
      }
  })
})
