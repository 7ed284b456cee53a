import { describe, expect, it } from 'vitest'
import { REPLICA_POLL_MS, START_RETRY_PAUSE_MS } from '../control/service.ts'
import type { ControlSettings, ReplicaEvent } from '../record/schema.ts'
import { arrivalsAt, constantLoad, estimateOf, exactly, fixedFleet, handModel } from '../test/support.ts'
import { assembleEngine } from './assemble.ts'
import { RANK } from './calendar.ts'
import { runEngine } from './engine.ts'
import type { Model } from './model.ts'
import { Recorder } from './recorder.ts'
import { simulate } from './run.ts'

const START_MS = 1500
const STOP_MS = 300

describe('a start', () => {
  it.each([
    { name: 'alone', slowdown: 0.5, to: 2, readyMs: [START_MS] },
    // Each has two others beside it: 1 + 0.5 x 2 = twice as long.
    { name: 'three at once', slowdown: 0.5, to: 4, readyMs: [3000, 3000, 3000] },
    { name: 'three at once that do not mind', slowdown: 0, to: 4, readyMs: [1500, 1500, 1500] },
  ])('$name', ({ slowdown, to, readyMs }) => {
    const run = begin({ startup: { slowdownPerConcurrent: estimateOf(slowdown) } })
    run.scale({ atMs: 0, to })
    expect(run.timesOf('ready').slice(1)).toEqual(readyMs)
  })

  it('later than another: only the later one is slowed, by those that are starting at that moment', () => {
    const run = begin({ startup: { slowdownPerConcurrent: estimateOf(0.5) } })
    run.scale({ atMs: 0, to: 2 }, { atMs: 1000, to: 3 }, { atMs: 5000, to: 4 })
    expect(run.timesOf('ready').slice(1)).toEqual([1500, 1000 + 2250, 6500])
  })

  it('counts as so many jobs: of three on two cores each has two thirds of one', () => {
    const cpu = { cores: 2, quota: null, othersCores: 0, othersMsPerRequest: 0 }
    const startup = { cpuShare: estimateOf(1), engineJobs: estimateOf(1.5) }
    const alone = begin({ cpu, startup })
    alone.scale({ atMs: 0, to: 2 })
    // 1500 ms of CPU as 1.5 jobs: done in 1000 ms, within the 1500 of the whole start.
    expect(alone.timesOf('ready').slice(1)).toEqual([START_MS])
    const two = begin({ cpu, startup })
    two.scale({ atMs: 0, to: 3 })
    expect(two.timesOf('ready').slice(1)).toEqual([500 + 1500, 500 + 1500])
  })

  it('that is no longer wanted is taken back: it costs until it is gone', () => {
    const run = begin({})
    run.scale({ atMs: 0, to: 2 }, { atMs: 500, to: 1 })
    expect(run.livesOf('w2')).toEqual([
      [0, 'starting'],
      [500, 'draining'],
      [500 + STOP_MS, 'stopped'],
    ])
  })

  it('shares the cores with another: half of each is CPU work, twice as long with two on one core', () => {
    const cpu = { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0 }
    const alone = begin({ cpu, startup: { cpuShare: estimateOf(0.5) } })
    alone.scale({ atMs: 0, to: 2 })
    expect(alone.timesOf('ready').slice(1)).toEqual([START_MS])
    const two = begin({ cpu, startup: { cpuShare: estimateOf(0.5) } })
    two.scale({ atMs: 0, to: 3 })
    expect(two.timesOf('ready').slice(1)).toEqual([2250, 2250])
  })

  // now + duration - duration may be a rounding error before now, which the calendar refuses.
  it('that is CPU work alone never begins before it was asked for', () => {
    const cpu = { cores: 1, quota: null, othersCores: 0.4, othersMsPerRequest: 0 }
    const run = begin({
      cpu,
      start: 900,
      startup: { cpuShare: estimateOf(1), slowdownPerConcurrent: estimateOf(0.1) },
    })
    run.scale(...Array.from({ length: 300 }, (_, i) => ({ atMs: (i * 1000) / 3, to: 1 + (i % 7) })))
    expect(run.timesOf('ready').length).toBeGreaterThan(1)
  })

  it('that was taken back during its CPU work does not become ready', () => {
    const cpu = { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0 }
    const run = begin({ cpu, startup: { cpuShare: estimateOf(0.5) } })
    run.scale({ atMs: 0, to: 2 }, { atMs: 1000, to: 1 })
    expect(run.livesOf('w2').map(([, state]) => state)).toEqual(['starting', 'draining', 'stopped'])
  })

  it('that fails is followed by another one after a pause, until there are as many as were asked for', () => {
    const run = begin({ startup: { failure: estimateOf(0.7) } })
    run.scale({ atMs: 0, to: 9 })
    const failures = run.events.filter(({ note }) => note === 'did not start')
    expect(failures.length).toBeGreaterThan(4)
    for (const { atMs } of failures) {
      expect(atMs % (START_MS + START_RETRY_PAUSE_MS)).toBe(START_MS)
      const count = (state: string, ms: number) =>
        run.events.filter((event) => event.atMs === ms && event.state === state).length
      expect(count('starting', atMs + START_RETRY_PAUSE_MS)).toBe(count('failed', atMs))
    }
    expect(run.timesOf('ready')).toHaveLength(9)
  })

  it('that fails at 1.6 s is followed by another at the first look after the pause, or by a wish after it', () => {
    const startup = { failure: estimateOf(1) }
    const looks = begin({ startup, start: 1600 })
    looks.scale({ atMs: 0, to: 2 }, { atMs: 3000, to: 3 })
    // 1.6 s and 2 s of pause; looks are at 3.5 s and 4 s. The wish at 3 s is carried out with it.
    expect(looks.timesOf('starting').slice(1, 4)).toEqual([0, 4000, 4000])
    const wish = begin({ startup, start: 1600 })
    wish.scale({ atMs: 0, to: 2 }, { atMs: 3700, to: 2 })
    expect(wish.timesOf('starting').slice(1, 3)).toEqual([0, 3700])
  })

  it('that always fails is not tried for ever: the run ends with its trace', () => {
    const run = begin({ startup: { failure: estimateOf(1) } })
    run.scale({ atMs: 0, to: 2 })
    // Begun every 3.5 s up to the end of the trace at 60 s.
    expect(run.timesOf('failed')).toHaveLength(18)
    expect(run.timesOf('failed').at(-1)).toBe(17 * (START_MS + START_RETRY_PAUSE_MS) + START_MS)
  })
})

it('a removal is CPU work too: beside a start on one core both take longer', () => {
  const cpu = { cores: 1, quota: null, othersCores: 0, othersMsPerRequest: 0 }
  const run = begin({ cpu, startup: { cpuShare: estimateOf(1) }, stopCpuMs: estimateOf(200) })
  // Taken back at 100: 100 ms of waiting, then 200 ms of CPU work alone.
  run.scale({ atMs: 0, to: 2 }, { atMs: 100, to: 1 })
  expect(run.livesOf('w2').at(-1)).toEqual([100 + STOP_MS, 'stopped'])
  const both = begin({ cpu, startup: { cpuShare: estimateOf(1) }, stopCpuMs: estimateOf(200) })
  // w2 is cancelled while w3, asked for at 150, works from the start on: 200 ms of CPU in 400.
  both.scale({ atMs: 0, to: 2 }, { atMs: 100, to: 1 }, { atMs: 150, to: 2 })
  expect(both.livesOf('w2').at(-1)).toEqual([200 + 400, 'stopped'])
  expect(both.livesOf('w3').at(-1)).toEqual([150 + START_MS + 200, 'ready'])
})

describe('the stand-by pool', () => {
  const startup: Partial<Model['startup']> = { paused: exactly(100), created: exactly(700) }

  it('serves the first starts, the others are cold', () => {
    const run = begin({ startup, standby: { method: 'paused', size: 2 } })
    run.scale({ atMs: 0, to: 4 })
    expect(run.timesOf('ready').slice(1)).toEqual([100, 100, START_MS])
  })

  // What was taken at 0 is replaced by a cold start, there from 1500 on.
  it.each([
    { atMs: 1400, readyMs: 1400 + START_MS },
    { atMs: 1600, readyMs: 1600 + 100 },
  ])('is filled again by cold starts: a second start at $atMs ms', ({ atMs, readyMs }) => {
    const run = begin({ startup, standby: { method: 'paused', size: 1 } })
    run.scale({ atMs: 0, to: 2 }, { atMs, to: 3 })
    expect(run.timesOf('ready').slice(1)).toEqual([100, readyMs])
  })

  it('is in what the policy observes: two, one right after one was taken, two once it is replaced', () => {
    const hand = handModel({ family: 'deterministic', value: 100 }, START_MS)
    const model = { ...hand, startup: { ...hand.startup, ...startup } }
    const simulation = fixedFleet({ trace: constantLoad(1, 6000), model, replicas: 2 })
    const { ticks } = simulate({
      ...simulation,
      control: {
        ...simulation.control,
        minReplicas: 1,
        initialReplicas: 1,
        intervalMs: 1000,
        standby: { method: 'paused', size: 2 },
      },
    })
    expect(ticks.map(({ observation }) => observation.replicas.standby).slice(0, 4)).toEqual([2, 1, 2, 2])
  })

  it('of created containers has its own time', () => {
    const run = begin({ startup, standby: { method: 'created', size: 1 } })
    run.scale({ atMs: 0, to: 2 })
    expect(run.timesOf('ready').slice(1)).toEqual([700])
  })
})

describe('a crash', () => {
  it.each([
    { crashMs: 1234, noticedMs: 1500 },
    { crashMs: 1499.9, noticedMs: 1500 },
    { crashMs: 1500, noticedMs: 2000 },
  ])('at $crashMs ms is noticed at the next poll, and then replaced', ({ crashMs, noticedMs }) => {
    const run = begin({})
    run.at(crashMs, () => run.plant.crash(run.plant.readyReplicas()[0]!, 'exited by itself'))
    const statuses: string[][] = []
    for (const ms of [crashMs + 0.01, noticedMs + 0.01])
      run.at(ms, () => statuses.push(run.engine.proxy.counters()!.servers.map(({ status }) => status)))
    run.scale()
    expect(run.livesOf('w1').at(-1)).toEqual([noticedMs, 'failed'])
    expect(run.livesOf('w2')).toEqual([
      [noticedMs, 'starting'],
      [noticedMs + START_MS, 'ready'],
    ])
    expect(statuses).toEqual([['up'], []])
  })

  it('by chance: all crashes are noticed at polls, and their gaps have the mean that was asked for', () => {
    const run = begin({ crashMs: 20_000, start: 0 })
    run.at(4_000_000, () => {})
    run.scale()
    const failed = run.timesOf('failed')
    expect(failed.every((ms) => ms % REPLICA_POLL_MS === 0)).toBe(true)
    // One replica: up for an exponential time of 20 s, then half a poll until it is noticed, and ready at once. 4 standard errors.
    const meanMs = failed.at(-1)! / failed.length
    expect(Math.abs(meanMs - 20_250)).toBeLessThan((4 * 20_000) / Math.sqrt(failed.length))
  })
})

describe('scaling in', () => {
  it('drains the newest first and keeps the oldest', () => {
    const run = begin({})
    run.scale({ atMs: 0, to: 2 }, { atMs: 3000, to: 3 }, { atMs: 6000, to: 1 })
    expect(run.livesOf('w3').at(-1)).toEqual([6000 + STOP_MS, 'stopped'])
    expect(run.livesOf('w2').at(-1)).toEqual([6000 + STOP_MS, 'stopped'])
    expect(run.livesOf('w1').at(-1)).toEqual([0, 'ready'])
  })
})

function begin(options: {
  startup?: Partial<Model['startup']>
  cpu?: Model['cpu']
  stopCpuMs?: Model['stopCpuMs']
  standby?: ControlSettings['standby']
  crashMs?: number
  start?: number
}) {
  const { startup, cpu, stopCpuMs, standby = null, crashMs, start = START_MS } = options
  const trace = arrivalsAt([], 60_000)
  const hand = handModel({ family: 'deterministic', value: 100 }, start)
  const model: Model = {
    ...hand,
    startup: { ...hand.startup, ...startup },
    ...(cpu ? { cpu } : {}),
    ...(stopCpuMs ? { stopCpuMs } : {}),
    ...(crashMs ? { crashMs: estimateOf(crashMs) } : {}),
  }
  const simulation = fixedFleet({ trace, model, replicas: 1 })
  const recorder = new Recorder()
  const { engine, plant } = assembleEngine(
    { ...simulation, control: { ...simulation.control, standby } },
    recorder,
  )
  plant.begin()
  const events: ReplicaEvent[] = []
  const at = (ms: number, act: () => void) => engine.calendar.later(ms, RANK.tick, act)
  return {
    engine,
    plant,
    events,
    at,
    /** Runs to the end, with these wishes on the way. */
    scale(...wishes: { atMs: number; to: number }[]) {
      for (const { atMs, to } of wishes) at(atMs, () => plant.scaleTo(to))
      runEngine(engine)
      events.push(...recorder.record().replicas)
    },
    timesOf: (state: string) => events.flatMap((event) => (event.state === state ? [event.atMs] : [])),
    livesOf: (replica: string) =>
      events.flatMap((event) => (event.replica === replica ? [[event.atMs, event.state]] : [])),
  }
}
