import { describe, expect, it } from 'vitest'
import { DRAIN_LIMIT_MS } from '../control/service.ts'
import { exactly, handModel } from '../test/support.ts'
import { play, played, START_MS, STOP_MS } from './faults.case.ts'
import type { HostModel, Model } from './model.ts'

const ONE_CORE: HostModel = { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0 }

/** Requests of so much blocking and CPU, ms. */
function work(blockingMs: number, cpuMs: number, overheadMs = 0): Pick<Model, 'classes'> {
  const { classes } = handModel({ family: 'deterministic', value: blockingMs })
  return {
    classes: { read: { ...classes.read!, cpuMs: exactly(cpuMs), overheadMs: exactly(overheadMs) } },
  }
}

describe('kill and oom', () => {
  it.each([
    { kind: 'kill', note: 'killed (signal 9)' },
    { kind: 'oom', note: 'out of memory' },
  ])('$kind hits the one of that age; the plant notices at its next look', ({ kind, note }) => {
    const { livesOf, faults } = played({ faults: [`${kind}:1@1100ms`], replicas: 3 })
    expect(livesOf('w2').at(-1)).toEqual([1500, 'failed', note])
    expect(livesOf('w4')).toEqual([
      [1500, 'starting'],
      [1500 + START_MS, 'ready'],
    ])
    expect(faults).toEqual([[1100, 'begun', 'w2']])
  })

  it('a request at it is tried elsewhere', () => {
    const { doneMs, requests } = played({ faults: ['kill@140ms'], arrivals: [90], replicas: 2 })
    expect([doneMs, requests.server, requests.outcome]).toEqual([[240], ['w2'], ['ok']])
  })

  it('where there is no such replica nothing happens', () => {
    const { faults, livesOf } = played({ faults: ['kill:3@1s', 'oom:1@1s'], replicas: 1 })
    expect(faults).toEqual([
      [1000, 'impossible', 'no replica 3 is ready'],
      [1000, 'impossible', 'no replica 1 is ready'],
    ])
    expect(livesOf('w1')).toHaveLength(2)
  })

  it('the plant’s oldest is the victim also where it is dead and nobody knows', () => {
    const { faults } = played({ faults: ['kill@1100ms', 'kill@1200ms', 'kill@1600ms'], replicas: 2 })
    expect(faults).toEqual([
      [1100, 'begun', 'w1'],
      [1200, 'impossible', 'w1 is dead'],
      [1600, 'begun', 'w2'],
    ])
  })

  it('one that is drained before its death is noticed ends as others do', () => {
    const { livesOf } = played({ faults: ['kill:1@1100ms'], replicas: 2, wishes: [{ atMs: 1200, to: 1 }] })
    expect(livesOf('w2').slice(2)).toEqual([
      [1200, 'draining'],
      [1200 + STOP_MS, 'stopped'],
    ])
  })
})

describe('hang', () => {
  it('a sleep that ends in the span is noticed at its end, a longer one as always', () => {
    expect(played({ faults: ['hang@40ms+1s'], arrivals: [0] }).doneMs).toEqual([1040])
    expect(played({ faults: ['hang@40ms+30ms'], arrivals: [0] }).doneMs).toEqual([100])
  })

  it('what comes meanwhile waits for its turn, in the proxy and in the backlog', () => {
    const faults = ['hang@40ms+1s']
    expect(played({ faults, arrivals: [0, 500, 600] }).doneMs).toEqual([1040, 1140, 1240])
    const service = { maxconn: null }
    expect(played({ faults, arrivals: [0, 500, 600], service }).doneMs).toEqual([1040, 1140, 1240])
    // Begun by an idle one: it takes the connection when it thaws.
    expect(played({ faults, arrivals: [500], service }).doneMs).toEqual([1140])
  })

  it('it uses no CPU: its work goes on where it was, and the other one has the core for itself', () => {
    // Both on the core from 50 on; at 100 each has done 25 of its 100 ms.
    const options = { arrivals: [0, 0], replicas: 2, model: { ...work(50, 100), cpu: ONE_CORE } }
    expect(played({ ...options, faults: [] }).doneMs).toEqual([250, 250])
    expect(played({ ...options, faults: ['hang@100ms+1s'] }).doneMs).toEqual([1175, 175])
  })

  it('the proxy’s checks time out and take it down; it is up again with the first that it answers', () => {
    const health = { intervalMs: 1000, downIntervalMs: 100, timeoutMs: 500, rise: 1, fall: 2 }
    const run = play({
      faults: ['hang@1500ms+5s'],
      arrivals: [2600, 3700, 7000],
      service: { health, clientTimeoutMs: 900 },
    })
    // Checks at 2000 and 3000 fail after 500 ms each, and so do those from 3500 on. The one of 6500 is behind the request
    // of 2600, whose client has gone: nobody told the replica.
    run.watchServers(3499, 3501, 6599, 6601)
    const { requests, doneMs } = run.toEnd()
    expect(run.statuses).toEqual([['w1 up'], ['w1 down'], ['w1 down'], ['w1 up']])
    expect(requests.outcome).toEqual(['timeout', 'failed', 'ok'])
    expect(doneMs).toEqual([3500, 3700, 7100])
  })

  it('killed meanwhile: what was at it goes elsewhere, and the thaw finds nobody', () => {
    const { doneMs, livesOf, faults } = played({
      faults: ['hang@100ms+5s', 'kill@300ms'],
      arrivals: [50, 60, 4000],
      replicas: 2,
    })
    expect(doneMs).toEqual([400, 160, 4100])
    expect(livesOf('w1').at(-1)).toEqual([500, 'failed', 'killed (signal 9)'])
    expect(faults.at(-1)).toEqual([5100, 'over', 'w1'])
  })

  it('its place in the fleet may be another’s by the time of the thaw', () => {
    const faults = ['hang@100ms+5s', 'kill@300ms', 'hang:1@3s+4s']
    // w3 takes w1's place at 2000 and stands still from 3000 to 7000.
    const { doneMs, requests } = played({ faults, arrivals: [3500, 3500], replicas: 2 })
    expect(requests.server).toEqual(['w2', 'w3'])
    expect(doneMs).toEqual([3600, 7100])
  })

  it('drained: gone at once where it is idle, else at the drain limit', () => {
    const wishes = [{ atMs: 1000, to: 1 }]
    const idle = played({ faults: ['hang:1@100ms+100s'], replicas: 2, wishes })
    expect(idle.livesOf('w2').at(-1)).toEqual([1000 + STOP_MS, 'stopped'])
    const busy = played({ faults: ['hang:1@100ms+100s'], arrivals: [50, 60], replicas: 2, wishes })
    const limitMs = 1000 + DRAIN_LIMIT_MS
    expect(busy.doneMs).toEqual([150, limitMs + 100])
    expect(busy.livesOf('w2').at(-1)).toEqual([limitMs + STOP_MS, 'stopped'])
  })

  it('one that stands still cannot be frozen', () => {
    expect(played({ faults: ['hang@1s+5s', 'hang@2s+5s'] }).faults).toEqual([
      [1000, 'begun', 'w1'],
      [2000, 'impossible', 'w1 stands still already'],
      [6000, 'over', 'w1'],
    ])
  })
})

describe('slow', () => {
  const faults = ['slow:0x4@1s+1s']
  const arrivals = [500, 1200, 1990, 2500]

  it('CPU work of what is begun in the span takes so many times as long, sleeping does not', () => {
    const { doneMs } = played({ faults, arrivals, model: work(50, 10) })
    expect(doneMs).toEqual([560, 1290, 2080, 2560])
  })

  it('also on shared cores, with the overhead’s part of CPU', () => {
    // 50 of sleep and 10 of overhead that is none, and 10 + 10 of CPU.
    const cpu = { ...ONE_CORE, overheadCpuShare: 0.5 }
    const { doneMs } = played({ faults, arrivals, model: { ...work(50, 10, 20), cpu } })
    expect(doneMs).toEqual([580, 1200 + 60 + 80, 1990 + 60 + 80, 2580])
  })

  it('it uses no more of the cores than before: another’s work is not slowed', () => {
    const model = { ...work(0, 10), cpu: ONE_CORE }
    const { doneMs, requests } = played({ faults, arrivals: [1200, 1205], replicas: 2, model })
    expect(requests.server).toEqual(['w1', 'w2'])
    expect(doneMs).toEqual([1240, 1215])
  })

  it('a request that the rate limit rejects costs no CPU', () => {
    const container = {
      workers: 1,
      backlog: 10,
      rateLimit: { kind: 'fixed-window' as const, limit: 1, windowMs: 5000 },
      rejectMs: exactly(7),
      checkMs: exactly(0),
    }
    const { doneMs, requests } = played({
      faults,
      arrivals: [1200, 1400],
      model: { ...work(50, 10), container },
    })
    expect(requests.outcome).toEqual(['ok', 'rejected'])
    expect(doneMs).toEqual([1290, 1407])
  })

  it('a replica that takes the place of a slow one is not slow', () => {
    const faults = ['slow:0x4@1s+18s', 'kill@1100ms']
    expect(played({ faults, arrivals: [4000], model: work(50, 10) }).doneMs).toEqual([4060])
  })
})
