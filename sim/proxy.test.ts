import { describe, expect, it } from 'vitest'
import { CONNECT_RETRIES, CONNECT_TIMEOUT_MS, DRAIN_LIMIT_MS } from '../control/service.ts'
import type { ServiceSettings } from '../record/schema.ts'
import { arrivalsAt, fixedFleet, handModel } from '../test/support.ts'
import { assembleEngine, PLAIN_CONTAINER } from './assemble.ts'
import { RANK } from './calendar.ts'
import { runEngine } from './engine.ts'
import type { ContainerModel } from './model.ts'
import { Recorder } from './recorder.ts'

const STOP_MS = 300

describe('the queue', () => {
  it('a request that waits longer than the time-out of the queue is answered 503 at that very time', () => {
    const run = begin({ atMs: [0, 10, 20], serviceMs: 315, service: { queueTimeoutMs: 310 } })
    runEngine(run.engine)
    // The second is served from 315 on, 5 ms before its time; the third would be at 630.
    expect(run.answers()).toEqual([
      { status: 200, doneMs: 315 },
      { status: 200, doneMs: 630 },
      { status: 503, doneMs: 330 },
    ])
  })

  it('a server that becomes free at the very time of the time-out wins', () => {
    const run = begin({ atMs: [0, 10], serviceMs: 320, service: { queueTimeoutMs: 310 } })
    runEngine(run.engine)
    expect(run.answers()[1]).toEqual({ status: 200, doneMs: 640 })
  })

  // The first server dies at 100 under the first request, which is sent to it again (nobody knows yet), cannot connect until
  // 1100, and then has to wait for the second server: 300 ms from then.
  it('one that is queued again after a redispatch waits the whole time again', () => {
    const run = begin({ atMs: [0, 1], serviceMs: 5000, replicas: 2, service: { queueTimeoutMs: 300 } })
    run.at(100, () => run.engine.fleet.kill(0))
    runEngine(run.engine)
    expect(run.answers()).toEqual([
      { status: 503, doneMs: 1400 },
      { status: 200, doneMs: 5001 },
    ])
  })

  it('a server that becomes free at the very time of an arrival is free for it', () => {
    const run = begin({ atMs: [0, 100, 200], serviceMs: 100, service: { queueLimit: 0 } })
    runEngine(run.engine)
    expect(run.answers().map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('one more than queueLimit is answered 503 at once', () => {
    const run = begin({ atMs: [0, 10, 20, 1010], serviceMs: 1000, service: { queueLimit: 1 } })
    runEngine(run.engine)
    expect(run.answers()).toEqual([
      { status: 200, doneMs: 1000 },
      { status: 200, doneMs: 2000 },
      { status: 503, doneMs: 20 },
      { status: 200, doneMs: 3000 },
    ])
  })
})

describe('frontendMaxconn', () => {
  it('a further request is received, and counted, when one of the others has ended', () => {
    const run = begin({ atMs: [0, 10, 20], serviceMs: 100, service: { frontendMaxconn: 2 } })
    const counters = run.ask([50, 150], () => run.engine.proxy.counters())
    runEngine(run.engine)
    expect(counters).toMatchObject([
      { requestsTotal: 2, queued: 1, inFlight: 1 },
      { requestsTotal: 3, queued: 1, inFlight: 1 },
    ])
    const { queueWaitMs, doneMs } = run.recorder.record().requests
    expect([queueWaitMs[2], doneMs[2]]).toEqual([100, 300])
  })

  it('one whose client gives up before was never received', () => {
    const run = begin({
      atMs: [0, 10, 20],
      serviceMs: 100,
      service: { frontendMaxconn: 1, clientTimeoutMs: 95 },
    })
    const received = run.ask([200], () => run.engine.proxy.counters()!.requestsTotal)
    runEngine(run.engine)
    // The first times out at 95 and lets the second in, which times out at 105 and lets the third in: 115.
    expect(run.recorder.record().requests.outcome).toEqual(['timeout', 'timeout', 'timeout'])
    expect(received).toEqual([3])
  })

  it('twenty thousand that wait for a frontend whose last server goes are all answered', () => {
    const count = 20_000
    const atMs = Array<number>(count).fill(0)
    const run = begin({ atMs, serviceMs: 100, service: { frontendMaxconn: 1 } })
    run.at(10, () => run.plant.scaleTo(0))
    runEngine(run.engine)
    expect(run.answers().filter(({ status }) => status === 503)).toHaveLength(count - 1)
    expect(run.engine.requests.live).toBe(0)
  })
})

describe('a server that cannot be reached', () => {
  it('after the time-out of the connection another one is tried', () => {
    const run = begin({ atMs: [10], serviceMs: 100, replicas: 2 })
    run.at(5, () => run.engine.fleet.kill(0))
    const statuses = run.ask([CONNECT_TIMEOUT_MS + 9, CONNECT_TIMEOUT_MS + 11], () => run.statuses())
    runEngine(run.engine)
    expect(run.answers()).toEqual([{ status: 200, doneMs: 10 + CONNECT_TIMEOUT_MS + 100 }])
    expect(run.recorder.record().requests.server).toEqual(['w2'])
    expect(statuses).toEqual([
      ['up', 'up'],
      ['down', 'up'],
    ])
  })

  it('after CONNECT_RETRIES others it is 503', () => {
    const run = begin({ atMs: [10], serviceMs: 100, replicas: 6 })
    for (const server of Array(6).keys()) run.at(5, () => run.engine.fleet.kill(server))
    runEngine(run.engine)
    expect(run.answers()).toEqual([{ status: 503, doneMs: 10 + (CONNECT_RETRIES + 1) * CONNECT_TIMEOUT_MS }])
  })

  it('a full backlog is the same from outside, but the server stays up', () => {
    const run = begin({
      atMs: [0, 1, 2],
      serviceMs: 10_000,
      service: { maxconn: null },
      container: { backlog: 1 },
    })
    const counters = run.ask([5000], () => run.engine.proxy.counters())
    runEngine(run.engine)
    expect(run.answers()[2]).toEqual({ status: 503, doneMs: 2 + (CONNECT_RETRIES + 1) * CONNECT_TIMEOUT_MS })
    expect(counters).toMatchObject([{ inFlight: 2, servers: [{ status: 'up' }] }])
  })
})

describe('a server that is drained', () => {
  it('finishes its request, gets no further one, and is gone after the time to stop', () => {
    const run = begin({ atMs: [0, 100], serviceMs: 5000 })
    run.at(10, () => run.plant.scaleTo(0))
    const statuses = run.ask([9, 4999, 5001], () => run.statuses())
    runEngine(run.engine)
    expect(statuses).toEqual([['up'], ['drain'], []])
    expect(run.answers()).toEqual([
      { status: 200, doneMs: 5000 },
      { status: 503, doneMs: 100 },
    ])
    expect(run.stoppedMs()).toEqual([5000 + STOP_MS])
  })

  // Both are free again at 1000; only w1 takes from the queue, and the last one waits for it once more.
  it('takes nothing more from the queue', () => {
    const run = begin({ atMs: [0, 1, 2, 3], serviceMs: 1000, replicas: 2 })
    run.at(10, () => run.plant.scaleTo(1))
    runEngine(run.engine)
    expect(run.answers().map(({ doneMs }) => doneMs)).toEqual([1000, 1001, 2000, 3000])
  })

  it('is waited for no longer than DRAIN_LIMIT_MS; its request is tried elsewhere', () => {
    const run = begin({ atMs: [0, 1], serviceMs: 40_000, replicas: 2 })
    run.at(10, () => run.plant.scaleTo(1))
    runEngine(run.engine)
    const limitMs = 10 + DRAIN_LIMIT_MS
    expect(run.stoppedMs()).toEqual([limitMs + STOP_MS])
    expect(run.answers()).toEqual([
      { status: 200, doneMs: 40_000 },
      { status: 200, doneMs: 80_000 },
    ])
  })

  it('is gone also if the proxy was restarted meanwhile and forgot its requests', () => {
    const run = begin({ atMs: [0], serviceMs: 5000 })
    run.at(10, () => run.plant.scaleTo(0))
    run.at(20, () => run.engine.proxy.stop())
    run.at(1020, () => run.engine.proxy.start())
    runEngine(run.engine)
    expect(run.stoppedMs()).toHaveLength(1)
    expect(run.engine.proxy.counters()!.servers).toEqual([])
  })
})

describe('slow start', () => {
  const slowstartMs = 20_000

  // Requests of 1 s, 80 a second, all served at once: about 80 in flight, shared in proportion to weight.
  it('a new server gets a share that grows to its whole', () => {
    const run = begin({
      atMs: Array.from({ length: 80 * 60 }, (_, i) => i * 12.5),
      serviceMs: 1000,
      service: { maxconn: null, slowstartMs },
      container: { workers: 1000 },
    })
    run.at(25_500, () => run.plant.scaleTo(2))
    const readyMs = 25_500 + 1500
    const timesMs = [0.9, 1.9, 5.9, 10.9, 15.9, 19.9, 25].map((s) => readyMs + 1000 * s + 99)
    const shares = run.ask(timesMs, () => {
      const { inFlight } = run.engine.proxy
      return inFlight[1]! / (inFlight[0]! + inFlight[1]!)
    })
    runEngine(run.engine)
    for (const [i, share] of shares.entries()) {
      const weight = Math.min(1, 1 / 16 + Math.floor((timesMs[i]! - readyMs) / 1000) / 20)
      expect(share).toBeCloseTo(weight / (1 + weight), 1.5)
    }
    expect(shares.toSorted((a, b) => a - b)).toEqual(shares)
  })

  it('without it the share is whole at once', () => {
    const run = begin({
      atMs: Array.from({ length: 800 }, (_, i) => i * 12.5),
      serviceMs: 1000,
      service: { maxconn: null },
      container: { workers: 1000 },
    })
    run.at(3500, () => run.plant.scaleTo(2))
    const inFlight = run.ask([6106], () => [...run.engine.proxy.inFlight.slice(0, 2)])
    runEngine(run.engine)
    expect(inFlight).toEqual([[40, 40]])
  })
})

describe('the counters', () => {
  it('by hand: three requests at two servers', () => {
    const run = begin({ atMs: [0, 10, 20], serviceMs: 100, replicas: 2 })
    const counters = run.ask([5, 15, 25, 105, 115, 205], () => run.engine.proxy.counters()!)
    runEngine(run.engine)
    const rows = counters.map(({ requestsTotal, queued, inFlight, servers }) => [
      requestsTotal,
      queued,
      inFlight,
      ...servers.map((server) => server.inFlight),
    ])
    expect(rows).toEqual([
      [1, 0, 1, 1, 0],
      [2, 0, 2, 1, 1],
      [3, 1, 2, 1, 1],
      [3, 0, 2, 1, 1],
      [3, 0, 1, 1, 0],
      [3, 0, 0, 0, 0],
    ])
  })

  it('cannot be read while the proxy is away, and start again from 0; its open requests break', () => {
    const run = begin({ atMs: [0, 10, 60, 200], serviceMs: 100 })
    run.at(50, () => run.engine.proxy.stop())
    run.at(150, () => run.engine.proxy.start())
    const counters = run.ask([40, 100, 160, 210], () => run.engine.proxy.counters())
    runEngine(run.engine)
    const counted = counters.map((row) => row && [row.requestsTotal, row.queued, row.inFlight])
    expect(counted).toEqual([[2, 1, 1], null, [0, 0, 0], [1, 0, 1]])
    expect(run.answers()).toEqual([
      { status: 0, doneMs: 50 },
      { status: 0, doneMs: 50 },
      { status: 0, doneMs: 60 },
      { status: 200, doneMs: 300 },
    ])
  })
})

function begin(options: {
  atMs: readonly number[]
  serviceMs: number
  replicas?: number
  service?: Partial<ServiceSettings>
  container?: Partial<ContainerModel>
}) {
  const { atMs, serviceMs, replicas = 1, service } = options
  const trace = arrivalsAt(atMs, 100_000)
  const model = {
    ...handModel({ family: 'deterministic', value: serviceMs }),
    container: { ...PLAIN_CONTAINER, ...options.container },
  }
  const recorder = new Recorder()
  const { engine, plant } = assembleEngine(fixedFleet({ trace, model, replicas, service }), recorder)
  plant.begin()
  const at = (ms: number, act: () => void) => engine.calendar.later(ms, RANK.tick, act)
  const ask = <T>(timesMs: number[], question: () => T): T[] => {
    const answers: T[] = []
    for (const ms of timesMs) at(ms, () => answers.push(question()))
    return answers
  }
  return {
    engine,
    plant,
    recorder,
    at,
    ask,
    statuses: () => engine.proxy.counters()!.servers.map(({ status }) => status),
    answers: () => {
      const { status, doneMs } = recorder.record().requests
      return Array.from(status, (code, i) => ({ status: code, doneMs: doneMs[i] }))
    },
    stoppedMs: () =>
      recorder.record().replicas.flatMap(({ state, atMs: ms }) => (state === 'stopped' ? [ms] : [])),
  }
}
