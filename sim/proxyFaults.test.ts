import { describe, expect, it } from 'vitest'
import { absurdCounters } from '../control/absurd.ts'
import { READY_TIMEOUT_MS } from '../control/service.ts'
import { play, played, START_MS, STOP_MS } from './faults.case.ts'

describe('the proxy', () => {
  it('killed: what is open and what comes before it is back is lost, its counters begin again', () => {
    const run = play({ faults: ['proxy-kill@50ms'], arrivals: [0, 10, 190, 210], readMs: [60, 215] })
    expect(run.toEnd().requests.outcome).toEqual(['failed', 'failed', 'failed', 'ok'])
    expect(run.readings.map(({ proxy }) => proxy?.requestsTotal)).toEqual([undefined, 1])
  })

  it('reloaded: its counters begin again, and no request is lost', () => {
    const run = play({ faults: ['proxy-reload@50ms'], arrivals: [0, 10, 20, 350], readMs: [49, 60, 360] })
    const { doneMs, requests, faults } = run.toEnd()
    expect(run.readings.map(({ proxy }) => proxy!.requestsTotal)).toEqual([3, 0, 1])
    expect(doneMs).toEqual([100, 200, 300, 450])
    expect(requests.outcome).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(faults).toEqual([[50, 'begun']])
  })
})

describe('the proxy’s admin socket is gone', () => {
  const faults = ['proxy-socket@1s+5s']

  it('counters cannot be read, a replica that has started waits to become ready', () => {
    const run = play({ faults, wishes: [{ atMs: 1100, to: 2 }], readMs: [900, 2000, 7000] })
    const { livesOf } = run.toEnd()
    expect(run.readings.map(({ proxy }) => proxy === null)).toEqual([false, true, false])
    expect(livesOf('w2')).toEqual([
      [1100, 'starting'],
      [6000, 'ready'],
    ])
  })

  it('but not for ever', () => {
    const { livesOf } = played({ faults: ['proxy-socket@1s+50s'], wishes: [{ atMs: 1100, to: 2 }] })
    const failedMs = 1100 + START_MS + READY_TIMEOUT_MS
    expect(livesOf('w2').at(-1)).toEqual([failedMs, 'failed', 'was not ready within 30s'])
  })

  it('a start that is taken back while it waits does not become ready', () => {
    const wishes = [
      { atMs: 1100, to: 2 },
      { atMs: 3000, to: 1 },
    ]
    expect(played({ faults, wishes }).livesOf('w2').slice(1)).toEqual([
      [3000, 'draining'],
      [3000 + STOP_MS, 'stopped'],
    ])
  })

  it('a drain begins when it is back: until then the replica gets requests', () => {
    const { requests, livesOf } = played({
      faults,
      replicas: 2,
      arrivals: [2000, 2000, 5950, 5950],
      wishes: [{ atMs: 1100, to: 1 }],
    })
    expect(requests.server).toEqual(['w1', 'w2', 'w1', 'w2'])
    expect(requests.outcome).not.toContain('failed')
    expect(livesOf('w2').slice(2)).toEqual([
      [1100, 'draining'],
      [6050 + STOP_MS, 'stopped'],
    ])
  })

  it('a dead replica stays among its servers', () => {
    const run = play({ faults: [...faults, 'kill@1200ms'], replicas: 2 })
    run.watchServers(1400, 2000, 5999, 6001)
    expect(run.toEnd().livesOf('w1').at(-1)).toEqual([1500, 'failed', 'killed (signal 9)'])
    // Its successor, ready at 3000, waits.
    const before = ['w1 up', 'w2 up']
    expect(run.statuses).toEqual([before, before, before, ['w2 up', 'w3 up']])
  })
})

describe('the proxy’s log is full', () => {
  it('lines are missing, and with them what only they tell; requests are served', () => {
    const run = play({ faults: ['log-full@1s+2s'], arrivals: [500, 1500, 3500], readMs: [5000] })
    const { requests, doneMs } = run.toEnd()
    expect(doneMs).toEqual([600, 1600, 3600])
    expect(Array.from(requests.queueWaitMs)).toEqual([0, Number.NaN, 0])
    expect(Array.from(requests.serviceMs)).toEqual([100, Number.NaN, 100])
    expect(Array.from(run.readings[0]!.log.endedMs)).toEqual([600, 3600])
  })

  it('two such spans end with the later one', () => {
    const run = play({
      faults: ['log-full@1s+3s', 'log-full@2s+1s'],
      arrivals: [3500, 4500],
      readMs: [5000],
    })
    run.toEnd()
    expect(Array.from(run.readings[0]!.log.endedMs)).toEqual([4600])
  })
})

describe('the proxy’s counters', () => {
  it('are lost: two such spans end with the later one', () => {
    const run = play({
      faults: ['metrics-lost@1s+3s', 'metrics-lost@2s+1s'],
      readMs: [900, 1500, 2500, 3500, 4000],
    })
    const { faults } = run.toEnd()
    expect(run.readings.map(({ proxy }) => proxy === null)).toEqual([false, true, true, true, false])
    expect(faults.map(([, state]) => state)).toEqual(['begun', 'begun', 'over', 'over'])
  })

  it('are nonsense, another at each reading', () => {
    const arrivals = [100, 200, 300]
    const run = play({ faults: ['metrics-absurd@1s+3s'], arrivals, readMs: [900, 1100, 2100, 3100, 4100] })
    run.toEnd()
    const [before, ...later] = run.readings.map(({ proxy }) => proxy!)
    const after = later.pop()
    expect(before).toMatchObject({ requestsTotal: 3, queued: 0, inFlight: 0 })
    expect(later).toEqual([0, 1, 2].map((k) => absurdCounters(before!, k)))
    expect(after).toEqual(before)
  })
})
