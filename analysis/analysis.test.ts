import { describe, expect, it } from 'vitest'
import { stream } from '../base/random.ts'
import type { Outcome, ReplicaEvent, RequestTable } from '../record/schema.ts'
import { predictionInterval } from './interval.ts'
import { kendallTau } from './rank.ts'
import { integralS, replicasOverTime, valueAt } from './replicas.ts'
import { parseSla } from './sla.ts'
import { slaWindows, violationShare, windowViolationShare } from './violations.ts'

/** Requests from [intended, response time, outcome]. */
function table(rows: [number, number, Outcome?][]): RequestTable {
  const n = rows.length
  return {
    class: rows.map(() => 'read'),
    intendedMs: Float64Array.from(rows, ([intended]) => intended),
    sentMs: Float64Array.from(rows, ([intended]) => intended),
    doneMs: Float64Array.from(rows, ([intended, response]) => intended + response),
    queueWaitMs: new Float64Array(n),
    serviceMs: new Float64Array(n),
    blockingMs: new Float64Array(n),
    cpuMs: new Float64Array(n),
    server: rows.map(() => 'w1'),
    status: new Int32Array(n).fill(200),
    outcome: rows.map(([, , outcome]) => outcome ?? 'ok'),
  }
}

describe('SLA text', () => {
  it.each([
    ['p95<500ms over 10s', { quantile: 0.95, limitMs: 500, windowMs: 10_000 }],
    ['p99.9 < 1.5s over 1m', { quantile: 0.999, limitMs: 1500, windowMs: 60_000 }],
    ['p50<20ms', { quantile: 0.5, limitMs: 20, windowMs: 10_000 }],
    ['99%<800ms', { quantile: 0.99, limitMs: 800, windowMs: 10_000 }],
  ])('%s', (text, sla) => expect(parseSla(text)).toMatchObject(sla))

  it.each(['', 'p95', 'p95<500', 'p95>500ms', 'p0<1s', 'p100<1s', '95<1s', 'p95<1s over', 'p95<1s over 0s'])(
    'refuses %j',
    (text) => {
      expect(() => parseSla(text)).toThrow(/--sla is|expected a duration/)
    },
  )
})

describe('violations', () => {
  const sla = parseSla('p50<100ms over 1s')

  it('exactly the limit is too slow: the SLA says less than', () => {
    expect(
      violationShare(
        table([
          [0, 99.9],
          [1, 100],
        ]),
        sla,
      ),
    ).toBe(0.5)
  })

  it.each(['failed', 'rejected', 'timeout', 'unanswered'] as const)(
    'a request that ended as %s violates however fast',
    (outcome) => {
      expect(violationShare(table([[0, 1, outcome]]), sla)).toBe(1)
    },
  )

  it('windows are by intended time; one without requests is not judged', () => {
    const rows: [number, number][] = [
      [0, 500],
      [1, 500],
      [2, 10],
      [2500, 10],
      [2600, 500],
    ]
    expect(slaWindows(table(rows), sla, 3000).map(({ violated }) => violated)).toEqual([true, null, false])
    expect(windowViolationShare(table(rows), sla, 3000)).toBe(0.5)
  })

  it('nothing happened: unknown, not 0', () => {
    expect(violationShare(table([]), sla)).toBeNull()
    expect(windowViolationShare(table([]), sla, 3000)).toBeNull()
  })
})

describe('replicas over time', () => {
  const events: ReplicaEvent[] = [
    { atMs: 0, replica: 'w1', state: 'starting' },
    { atMs: 0, replica: 'w1', state: 'ready' },
    { atMs: 1000, replica: 'w2', state: 'starting' },
    { atMs: 3000, replica: 'w2', state: 'ready' },
    { atMs: 6000, replica: 'w2', state: 'draining' },
    { atMs: 7000, replica: 'w2', state: 'stopped' },
  ]

  it('integrates to replica-seconds: 10 + 6 with start and drain, 10 + 3 ready', () => {
    expect(integralS(replicasOverTime(events, ['starting', 'ready', 'draining']), 10_000)).toBe(16)
    expect(integralS(replicasOverTime(events, ['ready']), 10_000)).toBe(13)
    expect(integralS(replicasOverTime(events, ['ready']), 2000)).toBe(2)
  })

  it('holds its value until the next step', () => {
    const ready = replicasOverTime(events, ['ready'])
    expect([0, 2999, 3000, 5999, 6000].map((at) => valueAt(ready, at))).toEqual([1, 1, 2, 2, 1])
  })
})

describe('prediction interval', () => {
  it('of 19 values at 90 % is their range, of 39 it leaves one out on each side', () => {
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
    expect(predictionInterval(upTo(19))).toEqual({ mean: 10, lo: 1, hi: 19 })
    expect(predictionInterval(upTo(39))).toEqual({ mean: 20, lo: 2, hi: 38 })
  })

  it('covers a further value with 90 %', () => {
    const random = stream(1, 'coverage')
    let inside = 0
    for (let i = 0; i < 4000; i++) {
      const { lo, hi } = predictionInterval(Array.from({ length: 20 }, random))!
      const further = random()
      if (further >= lo && further <= hi) inside++
    }
    expect(Math.abs(inside / 4000 - 0.9)).toBeLessThan(0.02)
  })
})

it.each([
  ['the same order', [1, 2, 3], [10, 20, 30], 1],
  ['reversed', [1, 2, 3], [3, 2, 1], -1],
  ['one swap of three', [1, 2, 3], [1, 3, 2], 1 / 3],
  ['ties on one side', [1, 1, 2], [1, 2, 3], 2 / Math.sqrt(6)],
  ['all equal: not defined', [1, 1], [1, 2], null],
])("Kendall's tau-b: %s", (_name, x, y, tau) => {
  if (tau === null) expect(kendallTau(x, y)).toBeNull()
  else expect(kendallTau(x, y)).toBeCloseTo(tau, 12)
})
