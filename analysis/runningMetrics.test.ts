import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  OUTCOMES,
  type ReplicaEvent,
  type ReplicaState,
  type RunHeader,
  type RunRecord,
  type TickRow,
} from '../record/schema.ts'
import { feed } from './feed.case.ts'
import { METRICS, metricsOf } from './metrics.ts'
import { COSTING_STATES, costingReplicas, replicasOverTime, type StepSeries } from './replicas.ts'
import { RunningMetrics } from './runningMetrics.ts'
import { parseSla } from './sla.ts'

const DURATION_MS = 60_000
const run = { trace: { durationMs: DURATION_MS } } as RunHeader
const number = (max: number) => fc.double({ min: 0, max, noNaN: true })

const request = fc.record({
  intendedMs: fc.oneof(
    number(DURATION_MS),
    fc.integer({ min: 0, max: 60 }).map((s) => 1000 * s),
    fc.constant(61_000),
  ),
  tookMs: fc.oneof(number(1000), number(30_000), fc.constantFrom(0, 500)),
  waitMs: fc.oneof(fc.constant(Number.NaN), fc.constant(0), number(5000)),
  outcome: fc.constantFrom(...OUTCOMES, 'ok' as const, 'ok' as const, 'ok' as const),
})

const requestTable = fc.array(request, { maxLength: 150, size: 'max' }).map((rows): RunRecord['requests'] => {
  const sorted = [...rows].sort((a, b) => a.intendedMs - b.intendedMs)
  const unknown = sorted.map(() => Number.NaN)
  return {
    class: sorted.map((_, i) => (i % 3 === 0 ? 'write' : 'read')),
    intendedMs: Float64Array.from(sorted, (row) => row.intendedMs),
    sentMs: Float64Array.from(sorted, (row) => row.intendedMs),
    doneMs: Float64Array.from(sorted, ({ intendedMs, tookMs, outcome }) =>
      outcome === 'unanswered' ? Number.NaN : intendedMs + tookMs,
    ),
    queueWaitMs: Float64Array.from(sorted, (row) => row.waitMs),
    serviceMs: Float64Array.from(unknown),
    blockingMs: Float64Array.from(unknown),
    cpuMs: Float64Array.from(unknown),
    server: sorted.map(() => 'w1'),
    status: Int32Array.from(sorted, () => 200),
    outcome: sorted.map((row) => row.outcome),
  }
})

/** Moves of ten replicas in order of time, many at one moment, some after the trace's end. */
const events = fc
  .array(
    fc.record({
      atMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 70 }).map((s) => 1000 * s),
        number(80_000),
      ),
      replica: fc.nat(9).map((k) => `w${k}`),
      state: fc.constantFrom<ReplicaState>('starting', 'ready', 'draining', 'stopped', 'failed'),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((list): ReplicaEvent[] => list.sort((a, b) => a.atMs - b.atMs))

const ticks = fc
  .array(fc.integer({ min: 1, max: 4 }), { maxLength: 40, size: 'max' })
  .map((targets) =>
    targets.map((target, i) => ({ target, observation: { target: targets[i - 1] ?? 1 } }) as TickRow),
  )

const record = fc
  .tuple(requestTable, events, ticks)
  .map(([requests, replicas, rows]): RunRecord => ({ run, requests, replicas, ticks: rows }))
const slas = fc
  .constantFrom('p95<500ms over 10s', 'p50<500ms over 7s', '99%<20s', 'p90<1ms over 5m')
  .map((text) => parseSla(text))

describe('running metrics and their exact twin', () => {
  it('agree on every record: percentiles within 0.1 %, all else but for rounding', () => {
    fc.assert(
      fc.property(record, slas, (whole, sla) => {
        const running = new RunningMetrics(sla)
        feed(whole, running)
        const seen = running.metrics()
        const exact = metricsOf(whole, sla)
        for (const name of METRICS) {
          const [value, wanted] = [seen[name], exact[name]]
          if (value === null || wanted === null) expect(value, name).toBe(wanted)
          else {
            const share = /P\d/.test(name) ? 1 / 1024 : 1e-9
            expect(Math.abs(value - wanted), `${name} ${value} ${wanted}`).toBeLessThanOrEqual(
              share * wanted + 0.0005 * Number(share > 1e-9),
            )
          }
        }
        expect(Object.keys(seen).sort()).toEqual([...METRICS].sort())
      }),
      { numRuns: 300 },
    )
  })

  it('may be asked for at any time: asking changes nothing', () => {
    const sla = parseSla('p95<500ms over 10s')
    fc.assert(
      fc.property(record, (whole) => {
        const asked = new RunningMetrics(sla)
        const silent = new RunningMetrics(sla)
        const ask = () => void asked.metrics()
        feed(whole, {
          start: (header) => asked.start(header),
          request: (ended, slot) => asked.request(ended, slot),
          tick(row) {
            ask()
            asked.tick(row)
          },
          replica(event) {
            ask()
            asked.replica(event)
          },
        })
        feed(whole, silent)
        expect(asked.metrics()).toEqual(silent.metrics())
      }),
      { numRuns: 50 },
    )
  })

  it('that were never started are a bug', () => {
    expect(() => new RunningMetrics(parseSla('p95<500ms')).metrics()).toThrow('bug: metrics of a run')
  })
})

it('replicas over time are what counting them anew after each event gives', () => {
  const slowly = (list: readonly ReplicaEvent[], states: readonly ReplicaState[]): StepSeries => {
    const held = new Map<string, ReplicaState>()
    const series: StepSeries = { atMs: [0], values: [0] }
    for (const { atMs, replica, state } of list) {
      held.set(replica, state)
      const count = [...held.values()].filter((now) => states.includes(now)).length
      if (series.atMs.at(-1) === atMs) series.values[series.values.length - 1] = count
      else if (series.values.at(-1) !== count) {
        series.atMs.push(atMs)
        series.values.push(count)
      }
    }
    return series
  }
  fc.assert(
    fc.property(events, (list) => {
      expect(replicasOverTime(list, ['ready', 'failed'])).toEqual(slowly(list, ['ready', 'failed']))
      expect(costingReplicas(list)).toEqual(slowly(list, COSTING_STATES))
    }),
  )
})
