import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../../record/schema.ts'
import { constantLoad, exactly, fixedFleet, handModel } from '../../test/support.ts'
import { meanOf } from '../distribution.ts'
import type { Model } from '../model.ts'
import { holdingMoments, parseModel } from '../readModel.ts'
import { simulate } from '../run.ts'
import { withCpuReadings } from './cpuReadings.case.ts'
import { fitModel } from './fit.ts'
import { fitHost } from './host.ts'
import { sampleRequests } from './service.ts'

const HOST = { cores: 2, othersCores: 0.1, othersMsPerRequest: 3, overheadCpuMs: 0.7 }

/** Ticks every second, one replica unless said otherwise, the rate rising from nearly none. */
function staircase(model: Model, { topPerS = 9, replicas = 1 } = {}): RunRecord {
  const trace = {
    ...constantLoad(1, 60_000),
    load: {
      kind: 'rate' as const,
      points: [
        { atMs: 0, ratePerS: 0.5 },
        { atMs: 60_000, ratePerS: topPerS },
      ],
    },
  }
  const fixed = fixedFleet({ trace, model, replicas })
  return simulate({ ...fixed, control: { ...fixed.control, intervalMs: 1000, windowMs: 5000 } })
}

const truth = handModel({ family: 'uniform', min: 5, max: 200 })
truth.classes.read = { ...truth.classes.read!, cpuMs: exactly(1.1), overheadMs: exactly(2.3) }

const starts: RunRecord = {
  ...staircase(truth),
  ticks: [],
  requests: Object.fromEntries(
    Object.entries(staircase(truth).requests).map(([name, column]) => [name, column.slice(0, 0)]),
  ) as unknown as RunRecord['requests'],
  replicas: [1, 2, 3].flatMap((i) => [
    { atMs: 10_000 * i, replica: `w${i}`, state: 'starting' as const },
    { atMs: 10_000 * i + 1500, replica: `w${i}`, state: 'ready' as const },
    { atMs: 10_000 * i + 2000, replica: `w${i}`, state: 'draining' as const },
    { atMs: 10_000 * i + 2300, replica: `w${i}`, state: 'stopped' as const },
  ]),
}
starts.run = { ...starts.run, mode: 'live' }

describe('CPU readings of a host of which all is known', () => {
  const record = withCpuReadings(staircase(truth), HOST)
  const { cpu, remarks } = fitHost([record], ['a'])

  it('give back what proxy and generator use, and how much of the overhead is CPU', () => {
    expect(remarks).toEqual([
      expect.stringMatching(/^how much requests slow each other by sharing caches is not known/),
    ])
    expect(cpu).toMatchObject({ cores: 2, quota: null })
    expect(cpu!.othersCores).toBeCloseTo(0.1, 6)
    expect(cpu!.othersMsPerRequest).toBeCloseTo(3, 6)
    const { othersCores, overheadCpuMs } = cpu!.evidence!
    expect(othersCores.lo).toBeLessThanOrEqual(othersCores.estimate)
    expect(overheadCpuMs!.estimate).toBeCloseTo(0.7, 6)
  })

  it('say which part of the overhead needs a core; handler and holding time stay what they are', async () => {
    const { model } = fitModel([record, starts], ['a', 'b'], 'x')
    const plain = fitModel(
      [{ ...record, ticks: record.ticks.map(({ cpu: _, ...row }) => row) }, starts],
      ['a', 'b'],
      'x',
    )
    expect(model.cpu!.overheadCpuShare).toBeCloseTo(0.7 / 2.3, 6)
    expect(meanOf(model.classes.read!.cpuMs.distribution)).toBeCloseTo(1.1, 6)
    expect(meanOf(model.classes.read!.overheadMs.distribution)).toBeCloseTo(2.3, 6)
    expect(plain.model.cpu).toBeUndefined()
    expect(plain.remarks.join()).toContain('no record has CPU readings')
    expect(holdingMoments(model, { read: 1 }).mean).toBeCloseTo(
      holdingMoments(plain.model, { read: 1 }).mean,
      6,
    )
    expect(await parseModel(JSON.parse(JSON.stringify(model)), 'x')).toEqual(model)
  })
})

it('one rate alone: all is taken as by request, and said', () => {
  const fixed = fixedFleet({ trace: constantLoad(6, 60_000), model: truth, replicas: 1 })
  const even = { ...fixed, trace: { ...fixed.trace, process: 'even' as const } }
  const record = withCpuReadings(
    simulate({ ...even, control: { ...fixed.control, intervalMs: 1000, windowMs: 5000 } }),
    HOST,
  )
  const { cpu, remarks } = fitHost([record], ['a'])
  expect(cpu!.othersCores).toBe(0)
  expect(cpu!.othersMsPerRequest).toBeCloseTo(3 + 100 / 6, 0)
  expect(remarks[0]).toContain('the rates differ too little')
})

it('a host whose cores were all in use tells what proxy and generator use, and that the rest is unknown', () => {
  const record = withCpuReadings(staircase(truth), HOST)
  const ticks = record.ticks.map((row) => ({
    ...row,
    cpu: { ...row.cpu!, hostMs: 2 * row.observation.nowMs },
  }))
  const { cpu, remarks } = fitHost([{ ...record, ticks }], ['a'])
  // withCpuReadings gives the proxy a half and the generator a quarter of what the others use.
  expect(cpu!.othersCores).toBeCloseTo(0.075, 6)
  expect(cpu!.othersMsPerRequest).toBeCloseTo(2.25, 6)
  expect(remarks[0]).toContain('calibrate on a quiet machine')
})

it('another program on the machine is said', () => {
  const { remarks } = fitHost([withCpuReadings(staircase(truth), { ...HOST, othersCores: 1.3 })], ['a'])
  expect(remarks[0]).toContain('other programs used 0.3 cores')
})

it('of a busy host the overhead is from the quiet times alone', () => {
  const quiet = withCpuReadings(staircase(truth), HOST)
  const slow = {
    ...truth,
    classes: { ...truth.classes, read: { ...truth.classes.read!, overheadMs: exactly(30) } },
  }
  const busy = withCpuReadings(staircase(slow), { ...HOST, othersCores: 1.6 })
  const overheadMs = (records: RunRecord[]) => sampleRequests(records).classes.get('read')!.overheadMs
  expect(Math.max(...overheadMs([quiet, busy]))).toBeCloseTo(2.3, 6)
  const alone = sampleRequests([busy])
  expect(Math.min(...overheadMs([busy]))).toBeCloseTo(30, 6)
  expect(alone.biased.byBusyHost).toEqual(['read'])
})

it('the fitted host predicts what the real one did: requests that fight for two cores', () => {
  const heavy = handModel({ family: 'deterministic', value: 1 })
  heavy.classes.read = {
    ...heavy.classes.read!,
    cpuMs: { distribution: { family: 'exponential', mean: 40 } },
  }
  heavy.cpu = { cores: 2, quota: null, othersCores: 0.1, othersMsPerRequest: 3 }
  const calm = withCpuReadings(staircase(heavy, { topPerS: 15 }), { ...HOST, overheadCpuMs: 0 })
  const { model } = fitModel([calm, starts], ['a', 'b'], 'x')
  const p95 = (own: Model) => {
    const { doneMs, sentMs } = staircase(own, { topPerS: 38, replicas: 6 }).requests
    return doneMs.map((ms, i) => ms - sentMs[i]!).sort()[Math.floor(0.95 * doneMs.length)]!
  }
  const { cpu: _, ...uncontended } = model
  expect(p95(model) / p95(heavy)).toBeGreaterThan(0.85)
  expect(p95(model) / p95(heavy)).toBeLessThan(1.18)
  expect(p95(uncontended) / p95(heavy)).toBeLessThan(0.8)
})
