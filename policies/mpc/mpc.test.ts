import { describe, expect, it } from 'vitest'
import { parametersOf } from '../parameters.ts'
import type { Observation, PolicyContext } from '../policy.ts'
import { NO_DEMAND } from '../queueing/demand.ts'
import { observation } from '../testSupport.ts'
import { mpc, problemOf } from './mpc.ts'

const contextOf = (settings: string[] = [], startupMsMean = 500): PolicyContext => ({
  parameters: parametersOf(mpc, settings),
  knowledge: { serviceMsMean: 102.5, serviceScv: 0.3016, startupMsMean, topology: 'central' },
  replicas: { min: 1, max: 8 },
  intervalMs: 1000,
})

function decisions(seen: Partial<Observation>[], context = contextOf()) {
  let state = mpc.init(context)
  let target = 2
  return seen.map((different, i) => {
    const at = observation({ inFlight: 0, ...different, nowMs: 1000 * (i + 1), target })
    const { decision, state: next } = mpc.decide(context, at, state)
    state = next
    if (decision.kind === 'scale') target = decision.replicas
    return { target, reason: decision.reason }
  })
}
const targets = (seen: Partial<Observation>[], context = contextOf()) =>
  decisions(seen, context).map(({ target }) => target)

describe('mpc', () => {
  it.each([
    { arrivalsPerS: 6, expected: 2 },
    { arrivalsPerS: 24, expected: 4 },
    { arrivalsPerS: 36, expected: 5 },
    { arrivalsPerS: 200, expected: 8 },
  ])('a steady $arrivalsPerS/s want $expected replicas', ({ arrivalsPerS, expected }) => {
    const seen = { arrivalsPerS, replicas: { ready: expected, starting: 0, draining: 0, standby: 0 } }
    expect(targets(new Array(12).fill(seen)).at(-1)).toBe(expected)
  })

  it('asks for more the faster the demand rises, and for more where requests wait', () => {
    const last = (seen: Partial<Observation>[]) => targets(seen).at(-1)!
    expect(last([{ arrivalsPerS: 6 }, { arrivalsPerS: 18 }])).toBeGreaterThan(last([{ arrivalsPerS: 18 }]))
    expect(last([{ arrivalsPerS: 18, queued: 20 }])).toBeGreaterThan(last([{ arrivalsPerS: 18 }]))
  })

  it('keeps fewer replicas the less a late request costs', () => {
    const at = (lateCost: number) => targets([{ arrivalsPerS: 30 }], contextOf([`lateCost=${lateCost}`]))[0]!
    expect(at(0)).toBe(2)
    expect(at(0.1)).toBeLessThan(at(100))
  })

  it.each([
    { startupMs: 500, stepMs: 1000, lag: 1, steps: 6 },
    { startupMs: 2000, stepMs: 1000, lag: 2, steps: 6 },
    { startupMs: 2500, stepMs: 2000, lag: 2, steps: 4 },
    { startupMs: 30_000, stepMs: 15_000, lag: 2, steps: 4 },
  ])('a start of $startupMs ms: $steps steps of $stepMs ms, ready after $lag of them', (row) => {
    const service = { serviceMs: 100, serviceScv: 1, topology: 'central' } as const
    const demand = { ...NO_DEMAND, arrivalsPerS: 10 }
    const context = contextOf(['quantile=0'], row.startupMs)
    const problem = problemOf(context, observation(), { service, waiting: 0, demand })
    expect(problem.lag).toBe(row.lag)
    expect(problem.arrivals).toEqual(new Array(row.steps).fill(row.stepMs / 100))
    expect(row.steps * row.stepMs).toBeGreaterThanOrEqual(2 * row.startupMs)
  })

  it('answers as queueing does where a plan would cost more than the budget, and says so', () => {
    const [answer] = decisions([{ arrivalsPerS: 36 }], contextOf(['budgetOperations=6527']))
    expect(answer).toEqual({
      target: 5,
      reason: '6528 operations are above the budget, as queueing: 5 for 37.3/s',
    })
    expect(decisions([{ arrivalsPerS: 36 }], contextOf(['budgetOperations=6528']))[0]!.reason).toMatch(
      /^plan 6 /,
    )
  })

  it('holds where the load, the queue or the service is not known', () => {
    for (const unknown of [{ arrivalsPerS: null }, { queued: null }, { inFlight: null }])
      expect(decisions([unknown])[0]).toEqual({ target: 2, reason: 'load or service time unknown' })
  })
})
