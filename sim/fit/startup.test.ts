import { describe, expect, it } from 'vitest'
import { type Random, stream } from '../../base/random.ts'
import type { ReplicaEvent, RunRecord, StartPhases } from '../../record/schema.ts'
import { constantLoad, fixedFleet, handModel } from '../../test/support.ts'
import { meanOf } from '../distribution.ts'
import type { HostModel } from '../model.ts'
import { simulate } from '../run.ts'
import { chooseDistribution } from './choose.ts'
import { withCpuReadings } from './cpuReadings.case.ts'
import { startCpuMs } from './engineWork.ts'
import { fitStartup } from './fitStartup.ts'
import { shareEstimate } from './share.ts'
import { failedStarts, observedStarts } from './startup.ts'

const CPU: HostModel = { cores: 2, quota: null, othersCores: 0.1, othersMsPerRequest: 0 }
const fitted = (_: string, sample: readonly number[]) => chooseDistribution(sample, []).fitted

/** A record without load, with ticks each 250 ms, in which groups of replicas start together every 10 s and stop 5 s later. */
function startsOf(
  groups: readonly number[],
  durationMs: (others: number, random: Random) => number,
  phases?: StartPhases,
): RunRecord {
  const empty = fixedFleet({
    trace: constantLoad(0, 10_000 * (groups.length + 1)),
    model: handModel({ family: 'deterministic', value: 1 }),
    replicas: 1,
  })
  const record = simulate({ ...empty, control: { ...empty.control, intervalMs: 250, windowMs: 1000 } })
  const random = stream(1, 'starts')
  const events = groups.flatMap((size, i): ReplicaEvent[] =>
    Array.from({ length: size }, (_, k): ReplicaEvent[] => {
      const replica = `s${i}-${k}`
      const atMs = 10_000 * (i + 1)
      return [
        { atMs, replica, state: 'starting' },
        { atMs: atMs + durationMs(size - 1, random), replica, state: 'ready', ...(phases ? { phases } : {}) },
        { atMs: atMs + 6000, replica, state: 'draining' },
        { atMs: atMs + 6300, replica, state: 'stopped' },
      ]
    }).flat(),
  )
  const replicas = [...record.replicas, ...events].sort((a, b) => a.atMs - b.atMs)
  return { ...record, run: { ...record.run, mode: 'live' }, replicas }
}

const GROUPS = [...new Array<number>(12).fill(1), 3, 3, 4, 4]

describe('starts that are nine tenths CPU work on two cores of which a tenth is in use', () => {
  const factor = (others: number) => 0.1 + 0.9 * Math.max(1, (1 + others) / 1.9)
  const record = withCpuReadings(
    startsOf(GROUPS, (others, random) => 1000 * factor(others) * (0.98 + 0.04 * random())),
    { ...CPU, overheadCpuMs: 0, startCpuMs: 900 },
  )
  const starts = observedStarts([record], CPU)
  const { startup, remarks } = fitStartup([record], starts, CPU, fitted)

  it('give their CPU time back', () => {
    expect(new Set(startCpuMs([record], CPU).map(Math.round))).toEqual(new Set([900]))
    expect(startup.cpuShare!.estimate).toBeCloseTo(0.9, 1)
  })

  it('need no line in their number beside it', () => {
    expect(startup.slowdownPerConcurrent.estimate).toBeLessThan(0.03)
    expect(meanOf(startup.cold.distribution)).toBeCloseTo(1000, -2)
    expect(remarks).toEqual([])
  })
})

it('starts that wait for one another and use little CPU: the line remains, and what it misses is said', () => {
  const longer: Record<number, number> = { 0: 1, 1: 1.6, 2: 2.2, 3: 2.19 }
  const groups = [...GROUPS, 2, 2]
  const record = withCpuReadings(
    startsOf(groups, (others, random) => 1000 * longer[others]! * (0.98 + 0.04 * random())),
    { ...CPU, overheadCpuMs: 0, startCpuMs: 100 },
  )
  const { startup, remarks } = fitStartup([record], observedStarts([record], CPU), CPU, fitted)
  expect(startup.cpuShare!.estimate).toBeCloseTo(0.1, 1)
  expect(startup.slowdownPerConcurrent.estimate).toBeGreaterThan(0.35)
  expect(startup.slowdownPerConcurrent.estimate).toBeLessThan(0.5)
  expect(remarks).toEqual([expect.stringContaining('with 2 others starts took 122 % longer')])
})

it('starts that use more CPU than their slow-down shows: the share is left out, with both errors', () => {
  const record = withCpuReadings(
    startsOf([...GROUPS, 2, 2], (_, random) => 1000 * (0.98 + 0.04 * random())),
    { ...CPU, overheadCpuMs: 0, startCpuMs: 1500 },
  )
  const { startup, remarks, identified } = fitStartup([record], observedStarts([record], CPU), CPU, fitted)
  expect(startup.cpuShare).toBeUndefined()
  expect(startup.slowdownPerConcurrent.estimate).toBeLessThan(0.02)
  expect(remarks[0]).toContain('explains simultaneous starts worse')
  expect(identified.find(({ quantity }) => quantity === 'startup.cpuShare')!.from).toBeNull()
})

it('each method has a time of its own', () => {
  const phases = (method: StartPhases['method']) => ({
    method,
    createMs: 0,
    startMs: 10,
    answerMs: null,
    checkMs: 90,
  })
  const records = [
    startsOf(GROUPS, () => 1000),
    startsOf([1, 1, 1], () => 400, phases('created')),
    startsOf([1, 1], () => 50, phases('paused')),
  ]
  const { startup, identified } = fitStartup(records, observedStarts(records), null, fitted)
  const means = [startup.cold, startup.created!, startup.paused!].map(({ distribution }) =>
    meanOf(distribution),
  )
  expect(means.map(Math.round)).toEqual([1000, 400, 50])
  expect(identified.find(({ quantity }) => quantity === 'startup.paused')).toMatchObject({ samples: 2 })
})

it('a record with replicas standing by that does not say how each started is not taken for cold starts', () => {
  const record = startsOf([1, 1], () => 100)
  record.run = {
    ...record.run,
    control: { ...record.run.control, standby: { method: 'paused', size: 2 } },
  }
  const cold = startsOf([1], () => 1000)
  const starts = observedStarts([cold, record])
  expect(starts.map(({ durationMs }) => durationMs)).toEqual([1000])
  expect(fitStartup([cold, record], starts, null, fitted).remarks.join()).toContain('2 starts with replicas')
})

it('starts that failed are a share of those that ended in either way', () => {
  const record = startsOf([1, 1, 1], () => 1000)
  record.replicas.push(
    { atMs: 100, replica: 'x', state: 'starting' },
    { atMs: 900, replica: 'x', state: 'failed' },
    { atMs: 100, replica: 'called off', state: 'starting' },
    { atMs: 200, replica: 'called off', state: 'draining' },
    { atMs: 900, replica: 's0-0', state: 'failed' },
  )
  expect(failedStarts([record])).toEqual({ failed: 1, all: 4 })
})

it("Wilson's interval: 10 of 100 is 5.5 % to 17.4 %, none of 20 is below 16.1 %", () => {
  expect(shareEstimate(10, 100).lo).toBeCloseTo(0.0552, 4)
  expect(shareEstimate(10, 100).hi).toBeCloseTo(0.1744, 4)
  expect(shareEstimate(0, 20)).toMatchObject({ estimate: 0, lo: 0, hi: expect.closeTo(0.1611, 4) })
})
