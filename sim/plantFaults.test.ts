import { describe, expect, it } from 'vitest'
import { ENGINE_RESTART_MS, READY_TIMEOUT_MS, START_RETRY_PAUSE_MS } from '../control/service.ts'
import { exactly, handModel } from '../test/support.ts'
import { played, START_MS, STOP_MS } from './faults.case.ts'

const two = (atMs: number) => [{ atMs, to: 2 }]

describe('starts that are asked for in the span', () => {
  it.each([
    { kind: 'start-fails', failedMs: 1000 + START_MS, note: 'exited with 1 before it was ready' },
    { kind: 'image-missing', failedMs: 1000, note: 'the image is not there' },
  ])('$kind: they fail, and the next one comes after a pause', ({ kind, failedMs, note }) => {
    const { livesOf, faults } = played({ faults: [`${kind}@500ms+1s`], wishes: two(1000) })
    expect(livesOf('w2')).toEqual([
      [1000, 'starting'],
      [failedMs, 'failed', note],
    ])
    const againMs = failedMs + START_RETRY_PAUSE_MS
    expect(livesOf('w3')).toEqual([
      [againMs, 'starting'],
      [againMs + START_MS, 'ready'],
    ])
    expect(faults).toEqual([
      [500, 'begun'],
      [1500, 'over'],
    ])
  })

  it('start-hangs: they are given up after their time', () => {
    const { livesOf } = played({ faults: ['start-hangs@0s+3s'], wishes: two(1000), durationMs: 60_000 })
    const failedMs = 1000 + START_MS + READY_TIMEOUT_MS
    expect(livesOf('w2').at(-1)).toEqual([failedMs, 'failed', 'was not ready within 30s'])
    expect(livesOf('w3')[0]).toEqual([failedMs + START_RETRY_PAUSE_MS, 'starting'])
  })

  it('start-hangs: scaling in takes them back', () => {
    const wishes = [...two(1000), { atMs: 10_000, to: 1 }]
    expect(
      played({ faults: ['start-hangs@0s+3s'], wishes })
        .livesOf('w2')
        .slice(1),
    ).toEqual([
      [10_000, 'draining'],
      [10_000 + STOP_MS, 'stopped'],
    ])
  })

  it('a stand-by replica was made before', () => {
    const hand = handModel({ family: 'deterministic', value: 100 }, START_MS)
    const { livesOf } = played({
      faults: ['image-missing@0s+9s'],
      wishes: [{ atMs: 1000, to: 3 }],
      model: { startup: { ...hand.startup, paused: exactly(50) } },
      standby: { method: 'paused', size: 1 },
    })
    expect(livesOf('w2').at(-1)).toEqual([1050, 'ready'])
    expect(livesOf('w3').at(-1)).toEqual([1000, 'failed', 'the image is not there'])
  })

  it('of two such faults the newer one counts, and then the older one again', () => {
    const { livesOf } = played({
      faults: ['image-missing@0s+9s', 'start-fails@1s+3s'],
      wishes: two(1100),
    })
    const endOf = (replica: string) => livesOf(replica).at(-1)
    expect(endOf('w2')).toEqual([2600, 'failed', 'exited with 1 before it was ready'])
    expect(endOf('w3')).toEqual([5000, 'failed', 'the image is not there'])
  })
})

describe('the container engine is killed', () => {
  const faults = ['engine-kill@1500ms']

  it('what is under way is asked for again, what is asked for meanwhile waits', () => {
    const startOf = (atMs: number) =>
      played({ faults, wishes: two(atMs) })
        .livesOf('w2')
        .at(-1)
    expect(startOf(1000)).toEqual([1000 + START_MS + ENGINE_RESTART_MS, 'ready'])
    expect(startOf(1600)).toEqual([1500 + ENGINE_RESTART_MS + START_MS, 'ready'])
    expect(startOf(1900)).toEqual([1900 + START_MS, 'ready'])
  })

  it('removals too', () => {
    const stopOf = (atMs: number) =>
      played({ faults, replicas: 2, wishes: [{ atMs, to: 1 }] })
        .livesOf('w2')
        .at(-1)
    expect(stopOf(1400)).toEqual([1400 + STOP_MS + ENGINE_RESTART_MS, 'stopped'])
    expect(stopOf(1600)).toEqual([1500 + ENGINE_RESTART_MS + STOP_MS, 'stopped'])
  })

  it('and looks at the replicas', () => {
    const { livesOf } = played({ faults: ['engine-kill@1900ms', 'kill@1800ms'] })
    expect(livesOf('w1').at(-1)).toEqual([1900 + ENGINE_RESTART_MS, 'failed', 'killed (signal 9)'])
  })
})

describe('the container engine stands still: it answers when the span is over', () => {
  const faults = ['engine-slow@1s+3s']

  it.each([
    { name: 'a start before it', askedMs: 900, readyMs: 900 + START_MS },
    { name: 'a start in it', askedMs: 1500, readyMs: 4000 + START_MS },
  ])('$name', ({ askedMs, readyMs }) => {
    expect(played({ faults, wishes: two(askedMs) }).livesOf('w2')).toEqual([
      [askedMs, 'starting'],
      [readyMs, 'ready'],
    ])
  })

  it('a start that is taken back is removed then', () => {
    const wishes = [...two(1500), { atMs: 2000, to: 1 }]
    expect(played({ faults, wishes }).livesOf('w2').slice(1)).toEqual([
      [2000, 'draining'],
      [4000 + STOP_MS, 'stopped'],
    ])
  })

  it('a removal, and a look that finds a dead replica', () => {
    const { livesOf } = played({
      faults: [...faults, 'kill@1200ms'],
      replicas: 3,
      wishes: [{ atMs: 1500, to: 2 }],
    })
    expect(livesOf('w3').slice(2)).toEqual([
      [1500, 'draining'],
      [4000 + STOP_MS, 'stopped'],
    ])
    expect(livesOf('w1').at(-1)).toEqual([4000, 'failed', 'killed (signal 9)'])
  })
})

describe('the container engine answers errors', () => {
  const faults = ['engine-errors@1s+3s']

  it('a start has failed and is over when its container can be asked for, and then comes another', () => {
    const { livesOf } = played({ faults, wishes: two(1500) })
    expect(livesOf('w2')).toEqual([
      [1500, 'starting'],
      [4000, 'failed', 'podman answered an error'],
    ])
    expect(livesOf('w3')).toEqual([
      [4000, 'starting'],
      [4000 + START_MS, 'ready'],
    ])
    // The pause is not over at the end of the span: 3100 + 2000, and the look after it.
    expect(played({ faults, wishes: two(3100) }).livesOf('w3')[0]).toEqual([5500, 'starting'])
  })

  it('a start that has failed and is no longer wanted has failed all the same, and nothing follows', () => {
    const wishes = [...two(1500), { atMs: 2000, to: 1 }]
    const { livesOf } = played({ faults, wishes })
    expect(livesOf('w2').slice(1)).toEqual([[4000, 'failed', 'podman answered an error']])
    expect(livesOf('w3')).toEqual([])
  })

  it('a removal is tried until it works; who is dead is seen at the first look after it', () => {
    const { livesOf } = played({
      faults: ['engine-errors@1s+2800ms', 'kill@1200ms'],
      replicas: 3,
      wishes: [{ atMs: 1500, to: 2 }],
    })
    expect(livesOf('w3').at(-1)).toEqual([3800 + STOP_MS, 'stopped'])
    expect(livesOf('w1').at(-1)).toEqual([4000, 'failed', 'killed (signal 9)'])
  })
})
