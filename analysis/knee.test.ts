import { describe, expect, it } from 'vitest'
import type { RateLimit } from '../control/rateLimit.ts'
import type { RunRecord } from '../record/schema.ts'
import type { Distribution } from '../sim/distribution.ts'
import type { Model } from '../sim/model.ts'
import { simulate } from '../sim/run.ts'
import { exactly, fixedFleet, handModel } from '../test/support.ts'
import type { RatePoint } from '../traces/trace.ts'
import { kneeOf, rising } from './knee.ts'
import { busySpells, coresUsed, stepsOf } from './saturation.ts'

const UNIFORM: Distribution = { family: 'uniform', min: 5, max: 200 }

/** Steps at these rates, one after the other, with a pause behind each. */
function staircase(
  ratesPerS: readonly number[],
  { stepMs = 5000, pauseMs = 0, model = handModel(UNIFORM), seed = 1, maxconn = 1 as number | null } = {},
): RunRecord {
  const points = ratesPerS.flatMap((ratePerS, i): RatePoint[] => {
    const fromMs = i * (stepMs + pauseMs)
    const step = [fromMs, fromMs + stepMs].map((atMs) => ({ atMs, ratePerS }))
    const pause = [fromMs + stepMs, fromMs + stepMs + pauseMs].map((atMs) => ({ atMs, ratePerS: 0 }))
    return pauseMs > 0 ? [...step, ...pause] : step
  })
  const trace = {
    name: 'staircase',
    description: '',
    load: { kind: 'rate' as const, points },
    process: 'poisson' as const,
    mix: { read: 1 },
    durationMs: ratesPerS.length * (stepMs + pauseMs),
  }
  return simulate(fixedFleet({ trace, model, replicas: 1, seed, service: { maxconn } }))
}

const limited = (model: Model, rateLimit: RateLimit): Model => ({
  ...model,
  container: { workers: 1, backlog: 4096, rateLimit, rejectMs: exactly(1), checkMs: exactly(0) },
})

describe('the steps of a record', () => {
  it('are those with load: a pause is none', () => {
    const steps = stepsOf(staircase([2, 12], { pauseMs: 3000 }))
    expect(steps.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, 5000],
      [8000, 13_000],
    ])
  })

  it('tell the cores in use from the first to the last CPU reading in them', () => {
    const record = staircase([2])
    const readings = [1000, 3000, 7000].map((nowMs) => ({
      ...record.ticks[0],
      observation: { nowMs },
      cpu: { hostMs: 1.5 * nowMs, proxyMs: 0.1 * nowMs, controllerMs: 0, replicasMs: { a: nowMs / 2 } },
    }))
    const measured = { ...record, ticks: readings } as unknown as RunRecord
    const used = coresUsed(measured, 0, 5000)!
    expect(used.replicas).toBeCloseTo(0.5, 12)
    expect(used.host).toBeCloseTo(1.5, 12)
    expect(used.proxy).toBeCloseTo(0.1, 12)
    expect(coresUsed(measured, 3500, 6000)).toBeNull()
    expect(coresUsed(record, 0, 5000)).toBeNull()
  })
})

describe('busy spells', () => {
  it('are the times in service of the requests that waited, in the proxy or at the server', () => {
    for (const maxconn of [1, null]) {
      const record = staircase([20], { maxconn, model: handModel({ family: 'deterministic', value: 100 }) })
      const spells = busySpells(record)
      expect(spells.length).toBeGreaterThan(80)
      for (const { ms, answers } of spells) {
        expect(ms).toBeCloseTo(100, 6)
        expect(answers).toBe(1)
      }
    }
  })
})

/** Steps as `live calibrate saturation` makes them, with overloads whose queues reach into the pause and the next step. */
const RATES = [2, 6, 9, 10, 11, 12]
const CAPACITY_PER_S = 1000 / 102.5

describe('the knee', () => {
  it('covers the true capacity in about 95 of 100: at least 53 of 60 seeds, with and without pauses', () => {
    for (const pauseMs of [0, 2000]) {
      const knees = Array.from({ length: 60 }, (_, i) => kneeOf([staircase(RATES, { seed: i + 1, pauseMs })]))
      const intervals = knees.map(({ capacityPerS }) => capacityPerS!)
      // By chance the steps of a seed may offer less than they should.
      expect(knees.filter(({ saturated }) => saturated).length).toBeGreaterThanOrEqual(57)
      const covering = intervals.filter(({ lo, hi }) => lo! <= CAPACITY_PER_S && CAPACITY_PER_S <= hi!)
      // 57 are expected; fewer than 53 have probability 3 % where the coverage is 95 %.
      expect(covering.length).toBeGreaterThanOrEqual(53)
      const estimates = intervals.map(({ estimate }) => estimate)
      const mean = estimates.reduce((sum, value) => sum + value, 0) / 60
      expect(Math.abs(mean / CAPACITY_PER_S - 1)).toBeLessThan(0.01)
    }
  })

  it('does not see what client and network add, the more often measured the narrower', () => {
    const model = { ...handModel(UNIFORM), transitMs: exactly(1.5) }
    const records = Array.from({ length: 16 }, (_, i) => staircase(RATES, { seed: 100 + i, model }))
    const width = (count: number) => {
      const { lo, hi, estimate } = kneeOf(records.slice(0, count)).capacityPerS!
      return (hi! - lo!) / estimate
    }
    expect(width(16)).toBeLessThan(width(1) / 3)
    expect(width(16)).toBeGreaterThan(width(1) / 6)
    expect(kneeOf(records).capacityPerS!.estimate / CAPACITY_PER_S).toBeCloseTo(1, 1.5)
  })

  it('is the same where the server has the queue, and the proxy none', () => {
    const knee = kneeOf([staircase([6, 9, 11, 12], { maxconn: null, stepMs: 20_000 })])
    expect(knee.capacityPerS!.lo).toBeLessThan(CAPACITY_PER_S)
    expect(knee.capacityPerS!.hi).toBeGreaterThan(CAPACITY_PER_S)
    expect(knee).toMatchObject({ saturated: true, limitedBy: 'work' })
  })

  it('says that no step was beyond it, and that nothing ever waited', () => {
    const light = kneeOf([staircase([2, 4, 6], { stepMs: 20_000 })])
    expect(light).toMatchObject({ saturated: false, limitedBy: 'work' })
    expect(light.mostAnsweredPerS).toBeLessThan(CAPACITY_PER_S)
    const idle = kneeOf([staircase([0.5])])
    expect(idle).toMatchObject({ capacityPerS: null, saturated: false, limitedBy: null })
  })

  it('of a fast server with 10 per second is what the limit lets through', () => {
    const model = limited(handModel({ family: 'deterministic', value: 2 }), {
      kind: 'fixed-window',
      limit: 10,
      windowMs: 1000,
    })
    const knee = kneeOf([staircase([5, 8, 20, 40], { stepMs: 20_000, model })])
    expect(knee).toMatchObject({ limitedBy: 'refusals', saturated: true })
    // A window opens with the first request after the last one, so that a cycle takes 1 s + 1/rate.
    expect(knee.capacityPerS!.estimate).toBeGreaterThan(9)
    expect(knee.capacityPerS!.estimate).toBeLessThanOrEqual(10.5)
  })

  it('of a busy server that refuses is what it answers well: a 429 takes its time and is no answer', () => {
    // 10 answers of 80 ms and 10 refusals of 20 ms fill a second: 20 requests leave it, 10 of them answered.
    const model = limited(handModel({ family: 'deterministic', value: 80 }), {
      kind: 'fixed-window',
      limit: 10,
      windowMs: 1000,
    })
    model.container!.rejectMs = exactly(20)
    const knee = kneeOf([staircase([30], { stepMs: 20_000, model })])
    expect(knee).toMatchObject({ limitedBy: 'work', saturated: true })
    expect(knee.capacityPerS!.estimate).toBeGreaterThan(9)
    expect(knee.capacityPerS!.estimate).toBeLessThan(11)
  })

  it('of the latency is sought on a curve that rises: neighbours in the wrong order are pooled', () => {
    const at = (offeredPerS: number, p95Ms: number) => ({
      fromMs: 0,
      toMs: 1200 / offeredPerS,
      offeredPerS,
      completedPerS: offeredPerS,
      p50Ms: 0,
      p95Ms,
      errorsShare: 0,
    })
    expect(rising([at(4, 400), at(1, 100), at(2, 300), at(3, 200)])).toEqual([
      { ratePerS: 1, p95Ms: 100, weight: 1200 },
      { ratePerS: 2.5, p95Ms: 250, weight: 2400 },
      { ratePerS: 4, p95Ms: 400, weight: 1200 },
    ])
  })

  it('of the latency lies between the steps around twice the unloaded p95', () => {
    // M/D/1 with 100 ms: p95 is 100 ms unloaded; at 5/s half of the requests wait, at 9/s nearly all.
    const model = handModel({ family: 'deterministic', value: 100 })
    const { latency } = kneeOf([staircase([1, 3, 5, 7, 9, 12], { stepMs: 30_000, model })])
    expect(latency!.unloadedP95Ms).toBeCloseTo(100, 6)
    expect(latency!.ratePerS!).toBeGreaterThan(latency!.belowPerS!)
    expect(latency!.ratePerS!).toBeLessThan(latency!.abovePerS!)
    expect(latency!.ratePerS!).toBeGreaterThan(2)
    expect(latency!.ratePerS!).toBeLessThan(7)
  })

  it('of the latency is unknown where no step was slow', () => {
    const { latency } = kneeOf([staircase([0.5], { stepMs: 60_000 })])
    expect(latency).toMatchObject({ ratePerS: null, abovePerS: null })
  })
})
