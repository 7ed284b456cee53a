import { describe, expect, it } from 'vitest'
import { parametersOf } from '../parameters.ts'
import type { Observation, PolicyContext } from '../policy.ts'
import { observation } from '../testSupport.ts'
import { queueing } from './queueing.ts'

const CONTEXT: PolicyContext = {
  parameters: parametersOf(queueing, []),
  knowledge: { serviceMsMean: 102.5, serviceScv: 0.3016, startupMsMean: 500, topology: 'central' },
  replicas: { min: 1, max: 12 },
  intervalMs: 1000,
}

/** Hands the observations in, a second apart, each with the target that came out before. */
function targets(seen: Partial<Observation>[], context: Partial<PolicyContext> = {}): number[] {
  let state = queueing.init(CONTEXT)
  let target = 2
  return seen.map((different, i) => {
    const at = observation({ windowMs: 5000, inFlight: 0, ...different, nowMs: 1000 * (i + 1), target })
    const answer = queueing.decide({ ...CONTEXT, ...context }, at, state)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return target
  })
}

describe('queueing', () => {
  it.each([
    // 6 + sqrt(6/5) = 7.1/s, 0.73 servers' worth: alone rho would be 0.73.
    { arrivalsPerS: 6, expected: 2 },
    // 36 + sqrt(36/5) = 38.7/s, 3.97 servers' worth.
    { arrivalsPerS: 36, expected: 5 },
    { arrivalsPerS: 90, expected: 11 },
    { arrivalsPerS: 200, expected: 12 },
  ])('$arrivalsPerS/s want $expected replicas', ({ arrivalsPerS, expected }) => {
    expect(targets([{ arrivalsPerS }])).toEqual([expected])
  })

  it('adds replicas for a backlog: (45 - 5) x 0.1025 s in 2 s are 3 more', () => {
    expect(targets([{ arrivalsPerS: 36, queued: 45 }])).toEqual([8])
    expect(targets([{ arrivalsPerS: 36, queued: 5 }])).toEqual([5])
  })

  it('counts what waits in the servers’ own queues, too', () => {
    const replicas = { ready: 5, starting: 0, draining: 0, standby: 0 }
    expect(targets([{ arrivalsPerS: 36, inFlight: 50, replicas }])).toEqual([8])
  })

  it('scales out at once, and in only after the delay, to the most that was wanted in it', () => {
    const rates = [36, 6, 6, 20, ...new Array(12).fill(6)]
    const seen = targets(rates.map((arrivalsPerS) => ({ arrivalsPerS })))
    expect(seen).toEqual([5, 5, 5, 5, 5, 5, 5, 5, 5, 3, 3, 3, 3, 3, 3, 3])
  })

  it('takes the measured service time where no model gives it, but not of servers with queues of their own', () => {
    const nothing = { serviceMsMean: null, serviceScv: null, startupMsMean: null }
    const seen = [{ arrivalsPerS: 36, serviceMsMean: 102.5 }]
    expect(targets(seen, { knowledge: { ...nothing, topology: 'central' } })[0]).toBeGreaterThanOrEqual(5)
    expect(targets(seen, { knowledge: { ...nothing, topology: 'roundrobin' } })).toEqual([2])
  })

  it('holds, and says so, where the load or the queue is not known', () => {
    for (const unknown of [{ arrivalsPerS: null }, { queued: null }, { inFlight: null }]) {
      const { decision } = queueing.decide(CONTEXT, observation(unknown), queueing.init(CONTEXT))
      expect(decision).toEqual({ kind: 'hold', reason: 'load or service time unknown' })
    }
  })
})
