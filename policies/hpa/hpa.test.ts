import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parametersOf } from '../parameters.ts'
import type { Observation, PolicyContext } from '../policy.ts'
import { observation } from '../testSupport.ts'
import { type HpaState, hpa, milliTarget } from './hpa.ts'

function context(set: string[] = [], different: Partial<PolicyContext> = {}): PolicyContext {
  return {
    parameters: parametersOf(hpa, set),
    knowledge: { serviceMsMean: null, startupMsMean: null },
    replicas: { min: 1, max: 40 },
    intervalMs: 15_000,
    ...different,
  }
}

/** One tick after another, all replicas ready at once; the target follows the decisions. */
function drive(given: PolicyContext, initial: number, seen: Partial<Observation>[]) {
  let state = hpa.init(given)
  let target = initial
  return seen.map((different, i) => {
    const now = observation({ nowMs: given.intervalMs * (i + 1), target, ...different })
    const answer = hpa.decide(given, now, state)
    state = answer.state
    if (answer.decision.kind === 'scale') target = answer.decision.replicas
    return { target, state, reason: answer.decision.reason }
  })
}

const targets = (steps: { target: number }[]) => steps.map(({ target }) => target)
const first = (set: string[], initial: number, seen: Partial<Observation>) =>
  drive(context(set), initial, [seen])[0]!.target

describe('utilisation', () => {
  it.each<[string, string[], number, number, number]>([
    ['4 at 90 %, target 50: 8', [], 4, 0.9, 8],
    ['54 %: within the tolerance', [], 4, 0.54, 4],
    ['55 %: its edge', [], 4, 0.55, 4],
    ['56 %', [], 4, 0.56, 5],
    ['56 % with a tolerance of 0.2', ['toleranceUp=0.2'], 4, 0.56, 4],
    ['500 % of one wants 10, at most 4 at once', [], 1, 5, 4],
    ['and with a behavior 5', ['behavior=1'], 1, 5, 5],
  ])('%s', (_name, set, initial, utilisation, expected) => {
    expect(first(['utilisationPercent=50', ...set], initial, { utilisation })).toBe(expected)
  })

  it('starting replicas are unready pods: they damp scaling out, and only that', () => {
    const half = { ready: 2, starting: 2, draining: 0, standby: 0 }
    // 2 x 90 % over 4 pods are 45 %: down, where the ready ones alone said up. So n stays.
    expect(first(['utilisationPercent=50'], 4, { utilisation: 0.9, replicas: half })).toBe(4)
    expect(first(['utilisationPercent=20'], 4, { utilisation: 0.9, replicas: half })).toBe(8)
  })

  it('draining and stand-by replicas do not count', () => {
    const replicas = { ready: 4, starting: 0, draining: 3, standby: 2 }
    expect(first(['utilisationPercent=50'], 4, { utilisation: 0.9, replicas })).toBe(8)
  })

  it('without samples it holds, says so, and takes up again', () => {
    const steps = drive(context(['utilisationPercent=50']), 4, [{ utilisation: null }, { utilisation: 0.9 }])
    expect(steps[0]).toMatchObject({ target: 4, reason: 'no samples of the metric' })
    expect(steps[1]!.target).toBe(8)
  })
})

describe('targets a replica', () => {
  it.each<[string, string[], Partial<Observation>, number]>([
    [
      'in flight: what is at servers and in the queue',
      ['metric=1', 'inFlight=2'],
      { inFlight: 4, queued: 5 },
      5,
    ],
    ['in flight, queue unknown', ['metric=1'], { inFlight: 40, queued: null }, 4],
    ['requests/s', ['metric=2', 'requestsPerS=7'], { arrivalsPerS: 50 }, 8],
    ['requests/s within the tolerance', ['metric=2', 'requestsPerS=7'], { arrivalsPerS: 30 }, 4],
    ['requests/s unknown', ['metric=2'], { arrivalsPerS: null }, 4],
  ])('%s', (_name, set, seen, expected) => {
    expect(first(set, 4, seen)).toBe(expected)
  })

  it('are whole milli-units, finer ones rounded up', () => {
    expect([0.7, 1.1, 0.0012, 2].map(milliTarget)).toEqual([700, 1100, 2, 2000])
  })
})

describe('time', () => {
  it('decides at the multiples of the sync period, whatever the tick', () => {
    const outcome = (intervalMs: number) => {
      const given = context(['utilisationPercent=50', 'downWindowMs=60000'], { intervalMs })
      const seen = Array.from({ length: 300_000 / intervalMs }, (_, i) => {
        const sync = Math.ceil((intervalMs * (i + 1)) / 15_000)
        return { utilisation: [0.9, 0.5, 0.2, 0.3][sync % 4]! }
      })
      const steps = drive(given, 3, seen)
      return {
        targets: targets(steps).filter((_, i) => ((i + 1) * intervalMs) % 15_000 === 0),
        last: steps.at(-1)!.state,
      }
    }
    const expected = outcome(15_000)
    expect(new Set(expected.targets).size).toBeGreaterThan(2)
    for (const intervalMs of [500, 1000, 3000, 7500]) expect(outcome(intervalMs)).toEqual(expected)
  })

  it('holds between two syncs without a look at the signals', () => {
    const steps = drive(
      context([], { intervalMs: 1000 }),
      2,
      Array.from({ length: 30 }, () => ({ utilisation: 1 })),
    )
    expect(steps.filter(({ reason }) => reason !== 'between two syncs').map((_, i) => i)).toHaveLength(2)
    expect(steps[13]!.reason).toBe('between two syncs')
    expect(steps[14]!.reason).toBe('ratio 1.25 proposes 3')
  })

  it('a tick that does not divide the period: the first after each multiple', () => {
    const steps = drive(
      context([], { intervalMs: 4000 }),
      2,
      Array.from({ length: 12 }, () => ({})),
    )
    const acted = steps.flatMap(({ reason }, i) => (reason === 'between two syncs' ? [] : [4000 * (i + 1)]))
    expect(acted).toEqual([16_000, 32_000, 48_000])
  })

  it('ten that should be two stay ten until no proposal of ten is within 300 s', () => {
    const calm = [{ utilisation: 0.8 }, ...Array.from({ length: 30 }, () => ({ utilisation: 0.16 }))]
    const steps = targets(drive(context(), 10, calm))
    expect(steps.indexOf(2)).toBe(21)
    expect(targets(drive(context(['behavior=1']), 10, calm)).indexOf(2)).toBe(20)
  })
})

it('what there was at the first sync counts as a proposal: a calm start keeps it for 300 s', () => {
  const calm = Array.from({ length: 25 }, () => ({ utilisation: 0.16 }))
  expect(targets(drive(context(), 10, calm)).indexOf(2)).toBe(21)
  expect(targets(drive(context(['downWindowMs=0']), 10, calm))).toContain(2)
})

it('kubernetes#96671: without a behavior it scales out although the metric wants one replica', () => {
  const spike = [{ utilisation: 16 }, { utilisation: 0.1 }, { utilisation: 0.1 }]
  const steps = drive(context(), 1, spike)
  expect(targets(steps)).toEqual([4, 8, 16])
  expect(steps[1]!.reason).toBe('ratio 0.13 proposes 1')
  expect(targets(drive(context(['behavior=1']), 1, spike))).toEqual([5, 5, 5])
})

it('a target beyond the bounds is brought back at once, with no metric at all', () => {
  const given = context([], { replicas: { min: 3, max: 6 } })
  expect(drive(given, 9, [{ utilisation: null }])[0]!.target).toBe(6)
  expect(drive(given, 1, [{ utilisation: null }])[0]!.target).toBe(3)
})

describe('behavior', () => {
  it('a rule of 0 is absent; none left disables the direction', () => {
    const set = ['behavior=1', 'utilisationPercent=10']
    expect(first([...set, 'upPercent=0'], 10, { utilisation: 0.5 })).toBe(14)
    expect(first([...set, 'upPods=0'], 10, { utilisation: 0.5 })).toBe(20)
    expect(first([...set, 'upPods=0', 'upPercent=0'], 10, { utilisation: 0.5 })).toBe(10)
    expect(first([...set, 'upSelect=1'], 10, { utilisation: 0.5 })).toBe(14)
    expect(first([...set, 'upSelect=2'], 10, { utilisation: 0.5 })).toBe(10)
  })

  it('a period spans several syncs: 1 replica a minute', () => {
    const set = ['behavior=1', 'upPods=1', 'upPodsPeriodMs=60000', 'upPercent=0', 'utilisationPercent=10']
    const steps = drive(
      context(set),
      2,
      Array.from({ length: 9 }, () => ({ utilisation: 0.9 })),
    )
    expect(targets(steps)).toEqual([3, 3, 3, 3, 4, 4, 4, 4, 5])
  })
})

it('its memory is plain JSON and stays small over hours', () => {
  const given = context(['behavior=1', 'downWindowMs=60000'])
  const seen = Array.from({ length: 2000 }, (_, i) => ({ utilisation: i % 7 < 4 ? 0.95 : 0.1 }))
  const state = drive(given, 2, seen).at(-1)!.state
  expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  expect(JSON.stringify(state).length).toBeLessThan(1500)
})

it('stays within the bounds, whatever it sees and is set to', () => {
  const names = Object.entries(hpa.parameters)
  const parameters = fc.record(
    Object.fromEntries(
      names.map(([name, { min, max, scale }]) => [
        name,
        scale === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true }),
      ]),
    ),
  )
  const signal = fc.option(fc.double({ min: 0, max: 5, noNaN: true }))
  fc.assert(
    fc.property(parameters, fc.array(signal, { minLength: 1, maxLength: 30 }), (values, signals) => {
      const given = {
        ...context(),
        parameters: { ...values, syncPeriodMs: 15_000 },
        replicas: { min: 2, max: 9 },
      }
      let state: HpaState = hpa.init(given)
      let target = 4
      signals.forEach((value, i) => {
        const scaled = value === null ? null : value * 20
        const seen = observation({
          nowMs: 15_000 * (i + 1),
          target,
          utilisation: value,
          arrivalsPerS: scaled,
          inFlight: value === null ? null : Math.round(value),
        })
        const answer = hpa.decide(given, seen, state)
        state = answer.state
        if (answer.decision.kind === 'scale') target = answer.decision.replicas
        expect(Number.isInteger(target) && target >= 2 && target <= 9).toBe(true)
      })
    }),
  )
})
