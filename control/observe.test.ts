import { describe, expect, it } from 'vitest'
import type { Observation } from '../policies/policy.ts'
import { observe, startObserver } from './observe.ts'
import { proxyLogOf } from './proxyLog.ts'
import type { ProxyCounters, ProxyLogEntry, RawSignals, ReplicaStatus } from './signals.ts'

const replica = (name: string, state: ReplicaStatus['state'] = 'ready'): ReplicaStatus => ({
  name,
  state,
  sinceMs: 0,
})

function signals(atMs: number, requestsTotal: number | null, more: Partial<RawSignals> = {}): RawSignals {
  const proxy: ProxyCounters | null =
    requestsTotal === null ? null : { requestsTotal, queued: 0, inFlight: 0, servers: [] }
  return { atMs, proxy, log: proxyLogOf([]), replicas: [replica('w1')], standby: 0, ...more }
}

const entry = (endedMs: number, more: Partial<ProxyLogEntry> = {}): ProxyLogEntry => ({
  endedMs,
  id: '1',
  server: 'w1',
  status: 200,
  queueMs: 0,
  connectMs: 0,
  responseMs: 100,
  totalMs: 100,
  ...more,
})

function last(readings: RawSignals[], windowMs = 5000): Observation {
  let state = startObserver()
  let observation: Observation | undefined
  for (const reading of readings) {
    const seen = observe(state, reading, { windowMs, target: 1, tickMs: reading.atMs })
    state = seen.state
    observation = seen.observation
  }
  return observation!
}

describe('arrival rate', () => {
  it('is unknown at the first reading: one counter tells no rate', () => {
    expect(last([signals(1000, 10)]).arrivalsPerS).toBeNull()
  })

  it('is the counter’s difference over the window', () => {
    expect(last([signals(1000, 10), signals(2000, 30), signals(3000, 50)]).arrivalsPerS).toBe(20)
  })

  it('forgets what is older than the window', () => {
    const readings = [signals(0, 0), signals(1000, 1000), signals(6000, 1050), signals(11_000, 1100)]
    expect(last(readings).arrivalsPerS).toBe(10)
  })

  it('survives a counter that was reset by a reload: what it shows has come since', () => {
    expect(last([signals(0, 100), signals(1000, 120), signals(2000, 20)]).arrivalsPerS).toBe(20)
  })

  it('is unknown, not 0, while the proxy does not answer, and right again afterwards', () => {
    const readings = [signals(0, 0), signals(1000, 10), signals(2000, null)]
    expect(last(readings)).toMatchObject({
      arrivalsPerS: null,
      queued: null,
      utilisation: null,
      ageMs: { proxy: 1000 },
    })
    expect(last([...readings, signals(3000, 30)]).arrivalsPerS).toBe(10)
  })
})

describe('what the log tells', () => {
  it('counts errors and rejections by status', () => {
    const log = [
      entry(900),
      entry(950, { status: 503, server: '', responseMs: -1 }),
      entry(980, { status: 429 }),
    ]
    expect(last([signals(0, 0), signals(1000, 3, { log: proxyLogOf(log) })])).toMatchObject({
      completionsPerS: 3,
      errorsPerS: 1,
      rejectionsPerS: 1,
    })
  })

  it('takes response times whole and service times without the queue', () => {
    const log = proxyLogOf([
      entry(900, { queueMs: 300, totalMs: 400 }),
      entry(950, { queueMs: 0, totalMs: 200 }),
    ])
    const seen = last([signals(0, 0), signals(1000, 2, { log })])
    expect(seen.responseMs).toMatchObject({ count: 2, mean: 300, p50: 300 })
    expect(seen.serviceMsMean).toBe(150)
  })

  it('utilisation is busy over ready time: 2 replicas, 1 s, 100 + 300 ms busy', () => {
    const log = proxyLogOf([entry(500), entry(900, { totalMs: 300 })])
    const both = { replicas: [replica('w1'), replica('w2')] }
    expect(last([signals(0, 0, both), signals(1000, 2, { log, ...both })], 1000).utilisation).toBeCloseTo(
      0.2,
      12,
    )
  })

  it('of a request that began before the window only the part inside counts', () => {
    const log = proxyLogOf([entry(1100, { totalMs: 300 })])
    expect(last([signals(0, 0), signals(1000, 0), signals(2000, 1, { log })], 1000).utilisation).toBeCloseTo(
      0.1,
      12,
    )
  })
})

it('counts replicas by state and keeps the last count while the engine does not answer', () => {
  const fleet = [replica('w1'), replica('w2', 'starting'), replica('w3', 'draining'), replica('w4', 'failed')]
  const seen = last([signals(0, 0, { replicas: fleet, standby: 2 }), signals(1000, 0, { replicas: null })])
  expect(seen.replicas).toEqual({ ready: 1, starting: 1, draining: 1, standby: 2 })
  expect(seen.ageMs.replicas).toBe(1000)
})

it('bears the nominal time of its tick, while rates and ages are by the time of the reading', () => {
  const options = { windowMs: 5000, target: 1 }
  const first = observe(startObserver(), signals(1000.4, 10), { ...options, tickMs: 1000 })
  const second = observe(first.state, signals(2250.4, 35), { ...options, tickMs: 2000 })
  expect(second.observation.nowMs).toBe(2000)
  expect(second.observation.arrivalsPerS).toBeCloseTo(20, 9)
  expect(second.observation.ageMs.proxy).toBe(0)
})
