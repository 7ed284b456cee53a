import { describe, expect, it } from 'vitest'
import type { ClientRetries, ServiceSettings } from '../record/schema.ts'
import { arrivalsAt, exactly, fixedFleet, handModel } from '../test/support.ts'
import { assembleEngine } from './assemble.ts'
import { runEngine } from './engine.ts'
import { Recorder } from './recorder.ts'

const thrice: ClientRetries = { most: 3, backoffMs: 100, factor: 2, jitter: 0 }

describe('a client that tries again', () => {
  it('pauses twice as long each time, and is one request: from its first try to the end of its last', () => {
    const run = begin({ atMs: [50], service: { retries: thrice } })
    run.engine.proxy.stop()
    runEngine(run.engine)
    expect(run.triesMs).toEqual([[50, 150, 350, 750]])
    const { intendedMs, doneMs, outcome } = run.recorder.record().requests
    expect([...intendedMs, ...doneMs, ...outcome]).toEqual([50, 750, 'failed'])
    expect(run.engine.clients).toMatchObject({ sent: 1, retries: 3 })
    expect(run.engine.requests.live).toBe(0)
  })

  it('without the setting does not', () => {
    const run = begin({ atMs: [50], service: { retries: null } })
    run.engine.proxy.stop()
    runEngine(run.engine)
    expect(run.triesMs).toEqual([[50]])
  })

  it('jitter shortens each pause by a draw of its own, to at least 1 - jitter of it', () => {
    const retries: ClientRetries = { most: 1, backoffMs: 100, factor: 1, jitter: 0.4 }
    const run = begin({ atMs: Array.from({ length: 500 }, (_, i) => i), service: { retries } })
    run.engine.proxy.stop()
    runEngine(run.engine)
    const pauses = run.triesMs.map(([first, second]) => second! - first!)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(60)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(100)
    // The mean of 500 uniform draws from 60 to 100 is 80; its standard error is 40 / sqrt(12 * 500) = 0.52.
    expect(Math.abs(pauses.reduce((sum, ms) => sum + ms, 0) / 500 - 80)).toBeLessThan(2.1)
  })

  // The first one holds the thread until 500. The second gives up at 710 while it is worked on, and again comes at 810:
  // the thread works on the abandoned try until 1000, and only then, until 1500, on the new one.
  it('the server goes on with the try that was abandoned', () => {
    const run = begin({
      atMs: [0, 10],
      serviceMs: 500,
      service: { maxconn: null, clientTimeoutMs: 700, retries: thrice },
    })
    runEngine(run.engine)
    expect(run.triesMs).toEqual([[0], [10, 810]])
    const { intendedMs, doneMs, serviceMs, outcome } = run.recorder.record().requests
    expect([intendedMs[1], doneMs[1], serviceMs[1], outcome[1]]).toEqual([10, 1500, 690, 'ok'])
    expect(run.engine.requests.live).toBe(0)
  })

  it('asks each time for the same work', () => {
    const run = begin({
      atMs: [0],
      serviceMs: 500,
      service: { maxconn: null, clientTimeoutMs: 100, retries: thrice },
    })
    runEngine(run.engine)
    expect(run.holdsMs).toEqual([500, 500, 500, 500])
    expect(run.engine.requests.live).toBe(0)
  })

  it('tries again what was rejected at once, and is rejected in the end', () => {
    const run = begin({ atMs: [0, 1, 2], serviceMs: 1, service: { retries: thrice }, limited: true })
    runEngine(run.engine)
    const { outcome, status, doneMs } = run.recorder.record().requests
    expect(outcome).toEqual(['ok', 'rejected', 'rejected'])
    expect([...status]).toEqual([200, 429, 429])
    expect(doneMs[1]).toBe(701)
  })
})

describe('patience', () => {
  it('ends after the time-out, wherever the request is, and is measured to the millisecond', () => {
    const run = begin({ atMs: [0, 10], serviceMs: 500, service: { clientTimeoutMs: 400 } })
    runEngine(run.engine)
    const { doneMs, outcome, queueWaitMs } = run.recorder.record().requests
    expect([...doneMs]).toEqual([400, 410])
    expect(outcome).toEqual(['timeout', 'timeout'])
    // When the first gave up, its place at the server was free for the second: it waits there, behind a thread that works on.
    expect([...queueWaitMs]).toEqual([0, 390])
  })

  it('an answer at the very time counts', () => {
    const run = begin({ atMs: [0], serviceMs: 400, service: { clientTimeoutMs: 400 } })
    runEngine(run.engine)
    expect(run.recorder.record().requests.outcome).toEqual(['ok'])
  })

  it('the way back takes its time, and no part of the server', () => {
    const run = begin({ atMs: [0, 0], serviceMs: 100, transitMs: 7 })
    runEngine(run.engine)
    const { doneMs, serviceMs } = run.recorder.record().requests
    expect([...doneMs, ...serviceMs]).toEqual([107, 207, 100, 100])
  })
})

function begin(options: {
  atMs: readonly number[]
  serviceMs?: number
  transitMs?: number
  service?: Partial<ServiceSettings>
  limited?: boolean
}) {
  const { atMs, serviceMs = 100, transitMs = 0, service } = options
  const trace = arrivalsAt(atMs)
  const model = {
    ...handModel({ family: 'deterministic', value: serviceMs }),
    transitMs: exactly(transitMs),
    container: {
      workers: 1,
      backlog: 4096,
      rateLimit: options.limited ? { kind: 'fixed-window' as const, limit: 1, windowMs: 100_000 } : null,
      rejectMs: exactly(0),
      checkMs: exactly(0),
    },
  }
  const recorder = new Recorder()
  const { engine, plant } = assembleEngine(fixedFleet({ trace, model, replicas: 1, service }), recorder)
  plant.begin()
  /** When each request was sent, try by try; the work of all tries in order. */
  const triesMs: number[][] = atMs.map(() => [])
  const holdsMs: number[] = []
  const receive = engine.proxy.receive.bind(engine.proxy)
  engine.proxy.receive = (slot) => {
    triesMs[engine.requests.index(slot)]!.push(engine.calendar.nowMs)
    holdsMs.push(engine.requests.holdMs(slot))
    receive(slot)
  }
  return { engine, recorder, triesMs, holdsMs }
}
