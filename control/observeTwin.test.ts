import fc from 'fast-check'
import { quantileSorted } from 'simple-statistics'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../policies/policy.ts'
import { observe, startObserver } from './observe.ts'
import { proxyLogOf } from './proxyLog.ts'
import type { ProxyLogEntry, RawSignals } from './signals.ts'

/** The observer's slow twin: it keeps every entry and every reading, and says each figure as it is defined. */
function seenSlowly(readings: Reading[], windowMs: number) {
  const last = readings.at(-1)!
  const fromMs = last.atMs - windowMs
  const ended = readings.flatMap(({ entries }) => entries).filter(({ endedMs }) => endedMs > fromMs)
  const coveredMs = Math.min(windowMs, last.atMs)
  const startMs = last.atMs - coveredMs
  const perS = (count: number) => (count / coveredMs) * 1000
  const times = ended.map(({ totalMs }) => totalMs).sort((a, b) => a - b)
  const served = ended.filter(({ responseMs, status }) => responseMs >= 0 && status !== 429)
  const busyMs = ended
    .filter(({ server, responseMs }) => server !== '' && responseMs >= 0)
    .map((entry) => entry.endedMs - Math.max(startMs, entry.endedMs - serviceMs(entry)))
  const readyMs = coveredMs - Math.max(0, readings[0]!.atMs - startMs)
  return {
    arrivalsPerS: arrivalsPerS(readings, fromMs),
    completionsPerS: perS(ended.length),
    errorsPerS: perS(ended.filter(({ status }) => status >= 500 || status < 200).length),
    rejectionsPerS: perS(ended.filter(({ status }) => status === 429).length),
    count: times.length,
    mean: total(times) / times.length,
    percentiles: times.length === 0 ? null : [0.5, 0.95, 0.99].map((p) => quantileSorted(times, p)),
    serviceMsMean: served.length === 0 ? null : total(served.map(serviceMs)) / served.length,
    utilisation: readyMs > 0 ? total(busyMs) / readyMs : null,
  }
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0)
const serviceMs = (entry: ProxyLogEntry) => entry.totalMs - Math.max(0, entry.queueMs)

/** From the last good reading at or before the window's start (else the first) to the newest. */
function arrivalsPerS(readings: Reading[], fromMs: number): number | null {
  const good = readings.filter(({ lost }) => !lost)
  const firstInside = good.findIndex(({ atMs }) => atMs > fromMs)
  const since = good.slice(Math.max(0, firstInside - 1))
  const spanMs = since.at(-1)!.atMs - since[0]!.atMs
  return spanMs > 0 ? (total(since.slice(1).map(({ received }) => received)) / spanMs) * 1000 : null
}

/** One reading: what came since the last good one, whether it was lost, whether the counter was reset before it. */
interface Reading {
  atMs: number
  received: number
  lost: boolean
  reset: boolean
  entries: ProxyLogEntry[]
}

const whole = fc
  .boolean()
  .chain((round) => fc.double({ min: 0, max: 1, noNaN: true }).map((x) => ({ x, round })))
const times = (most: number) =>
  whole.map(({ x, round }) => (round ? Math.round(x * 20) * (most / 20) : x * most))
const request = fc.record({
  ended: fc.double({ min: 0, max: 0.999, noNaN: true }),
  queueMs: fc.oneof(fc.constant(-1), fc.constant(0), times(2000)),
  atServerMs: fc.oneof(times(400), times(9000)),
  status: fc.constantFrom(200, 200, 200, 301, 404, 429, 500, 503, 0),
  served: fc.boolean(),
})
const reading = fc.record({
  lateMs: fc.double({ min: 0, max: 400, noNaN: true }),
  received: fc.integer({ min: 0, max: 50 }),
  lost: fc.nat(4).map((n) => n === 0),
  reset: fc.nat(6).map((n) => n === 0),
  requests: fc.oneof(fc.array(request, { maxLength: 6 }), fc.array(request, { maxLength: 80 })),
})
const history = fc.array(reading, { minLength: 1, maxLength: 12 }).map((rows): Reading[] =>
  rows.map(({ lateMs, received, lost, reset, requests }, k) => {
    const atMs = 1000 * (k + 1) + lateMs
    const sinceMs = k === 0 ? 0 : 1000 * k + rows[k - 1]!.lateMs
    const entries = requests.map(({ ended, queueMs, atServerMs, status, served }, i) => ({
      endedMs: atMs - ended * (atMs - sinceMs),
      id: String(i),
      server: served ? 'w1' : '',
      status,
      queueMs,
      connectMs: 0,
      responseMs: served ? atServerMs : -1,
      totalMs: Math.max(0, queueMs) + atServerMs,
    }))
    return { atMs, received, lost, reset, entries: entries.sort((a, b) => a.endedMs - b.endedMs) }
  }),
)

/** Feeds the readings as a proxy would show them: one counter, back at 0 after a reset, silent while lost. */
function observations(readings: Reading[], windowMs: number, alsoRead: boolean): Observation[] {
  let state = startObserver()
  let counter = 0
  return readings.map(({ atMs, received, lost, reset, entries }) => {
    // A reset shows only where less has come since than before it.
    if (!lost) counter = (reset && received < counter ? 0 : counter) + received
    const signals: RawSignals = {
      atMs,
      proxy: lost ? null : { requestsTotal: counter, queued: 0, inFlight: 0, servers: [] },
      log: proxyLogOf(entries),
      replicas: [{ name: 'w1', state: 'ready', sinceMs: 0 }],
      standby: 0,
    }
    const seen = observe(state, signals, { windowMs, target: 1, tickMs: atMs })
    state = seen.state
    if (alsoRead) void seen.observation.responseMs
    return seen.observation
  })
}

const windows = fc.constantFrom(300, 1000, 2500, 3000, 5000, 7777)

describe('the observer and its slow twin', () => {
  it('see the same at every tick, whatever the window, the jitter and the losses', () => {
    fc.assert(
      fc.property(history, windows, fc.boolean(), (readings, windowMs, readAlways) => {
        const seen = observations(readings, windowMs, readAlways)
        for (const [k, { lost }] of readings.entries()) {
          if (lost) {
            expect(seen[k]).toMatchObject({ completionsPerS: null, responseMs: null })
            continue
          }
          const { count, mean, percentiles, ...rates } = seenSlowly(readings.slice(0, k + 1), windowMs)
          const { responseMs } = seen[k]!
          for (const name of ['completionsPerS', 'errorsPerS', 'rejectionsPerS'] as const) {
            expect(seen[k]![name]).toBe(rates[name])
          }
          for (const name of ['arrivalsPerS', 'serviceMsMean', 'utilisation'] as const) {
            expectNear(seen[k]![name], rates[name], name)
          }
          expect(responseMs?.count ?? 0).toBe(count)
          expect(responseMs && [responseMs.p50, responseMs.p95, responseMs.p99]).toEqual(percentiles)
          if (responseMs) expectNear(responseMs.mean, mean, 'mean')
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never change an observation or a state that was handed out before', () => {
    fc.assert(
      fc.property(history, windows, (readings, windowMs) => {
        const readAtOnce = observations(readings, windowMs, true)
        const readAtTheEnd = observations(readings, windowMs, false)
        expect(readAtTheEnd).toEqual(readAtOnce)
      }),
      { numRuns: 50 },
    )
  })
})

function expectNear(value: number | null, wanted: number | null, name: string): void {
  if (value === null || wanted === null) return expect(value, name).toBe(wanted)
  expect(Math.abs(value - wanted), name).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(wanted)))
}

describe('response times that are worked out when they are read', () => {
  const entries = [100, 300, 200].map((totalMs, i) => ({
    endedMs: 900 + i,
    id: '',
    server: 'w1',
    status: 200,
    queueMs: 0,
    connectMs: 0,
    responseMs: totalMs,
    totalMs,
  }))
  const readings = [{ atMs: 1000, received: 3, lost: false, reset: false, entries }]
  const fresh = () => observations(readings, 5000, false)[0]!
  const wanted = { count: 3, mean: 200, p50: 200, p95: 290, p99: 298 }

  it.each<[string, (observation: Observation) => unknown]>([
    ['JSON', (observation) => JSON.parse(JSON.stringify(observation)).responseMs],
    ['spreading', (observation) => ({ ...observation }).responseMs],
    ['structured cloning', (observation) => structuredClone(observation).responseMs],
    ['Object.entries', (observation) => Object.fromEntries(Object.entries(observation)).responseMs],
    ['a frozen observation', (observation) => Object.freeze(observation).responseMs],
  ])('look like data to %s', (_name, read) => expect(read(fresh())).toEqual(wanted))

  it('look like data to a structural comparison, on either side', () => {
    expect(fresh()).toEqual({ ...fresh() })
    expect({ ...fresh() }).toEqual(fresh())
    expect(fresh()).not.toEqual({ ...fresh(), responseMs: { ...wanted, p95: 291 } })
  })

  it('are the same object however often they are read', () => {
    const observation = fresh()
    expect(observation.responseMs).toBe(observation.responseMs)
  })
})
