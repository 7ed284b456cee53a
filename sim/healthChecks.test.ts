import { describe, expect, it } from 'vitest'
import type { ServiceSettings, HealthChecks as Settings } from '../record/schema.ts'
import { arrivalsAt, exactly, fixedFleet, handModel } from '../test/support.ts'
import { assembleEngine, PLAIN_CONTAINER } from './assemble.ts'
import { RANK } from './calendar.ts'
import { runEngine } from './engine.ts'
import { Recorder } from './recorder.ts'

/*
 * One server that takes 500 ms a request and has a queue of its own (no maxconn), so that checks wait
 * behind requests. A new server's first check comes one interval after it became ready.
 */
const SERVICE_MS = 500
const HEALTH: Settings = { intervalMs: 1000, downIntervalMs: 100, timeoutMs: 700, rise: 2, fall: 2 }

describe('HealthChecks', () => {
  // Ten requests at 0 keep the thread until 5000. Checks at 1000 and 2000 give up after 700 ms each: down at 2700. From then on
  // each one is made where the last gave up: 2700, 3400, 4100, 4800. At 5000 the thread answers all that wait,
  // the last of them in time (1), and the next, at once, too (2): up.
  it('a backlog longer than the time-out takes a healthy server down, and up again when it is gone', () => {
    const run = begin(Array<number>(10).fill(0))
    const statusAt = run.ask([2699, 2701, 4999, 5001], () => run.status())
    runEngine(run.engine)
    expect(statusAt).toEqual(['up', 'down', 'down', 'up'])
    expect(run.beganMs.slice(0, 8)).toEqual([1000, 2000, 2700, 3400, 4100, 4800, 5000, 6000])
    // What it had in hand when it was taken out was answered all the same.
    expect(run.outcomes()).toEqual(Array(10).fill('ok'))
    expect(run.engine.requests.live).toBe(0)
  })

  it('while the only server is down a request is answered 503 at once', () => {
    const run = begin([...Array<number>(10).fill(0), 3000, 5500])
    runEngine(run.engine)
    const { status, doneMs } = run.recorder.record().requests
    expect([status[10], doneMs[10]]).toEqual([503, 3000])
    expect([status[11], doneMs[11]]).toEqual([200, 6000])
  })

  it('one failure less than `fall` changes nothing', () => {
    const run = begin(Array<number>(10).fill(0), { health: { ...HEALTH, fall: 5 } })
    const statusAt = run.ask([1001, 2001, 3001, 4001, 4999], () => run.status())
    runEngine(run.engine)
    expect(new Set(statusAt)).toEqual(new Set(['up']))
  })

  // Each request holds the thread over one check: those of 1000 and 3000 fail, that of 2000 passes in between.
  it('only failures in a row count', () => {
    const run = begin([999, 2999], { serviceMs: 800 })
    const statusAt = run.ask([1701, 2001, 3701, 4001], () => run.status())
    runEngine(run.engine)
    expect(statusAt).toEqual(['up', 'up', 'up', 'up'])
  })

  it.each([
    // Checks at 2000 and 3000 get no connection.
    { timeoutMs: 700, downMs: 3700, why: 'the time-out of the check' },
    { timeoutMs: 5000, downMs: 4000, why: 'the time-out of the connection, 1 s' },
  ])('a dead server is found after `fall` checks: $why', ({ timeoutMs, downMs }) => {
    const run = begin([], { health: { ...HEALTH, timeoutMs } })
    run.engine.calendar.later(1500, RANK.replica, () => run.engine.fleet.kill(0))
    const statusAt = run.ask([downMs - 1, downMs + 1], () => run.status())
    runEngine(run.engine)
    expect(statusAt).toEqual(['up', 'down'])
  })

  it('a check that its server took with it counts as failed', () => {
    const run = begin([0, 900], { health: { ...HEALTH, fall: 1 } })
    run.engine.calendar.later(1200, RANK.replica, () => run.engine.fleet.kill(0))
    const statusAt = run.ask([1199, 1201], () => run.status())
    runEngine(run.engine)
    expect(statusAt).toEqual(['up', 'down'])
    expect(run.engine.requests.live).toBe(0)
  })

  it('a check holds the thread: the request behind it waits until it is answered', () => {
    const run = begin([1010], { checkMs: 40 })
    runEngine(run.engine)
    const { doneMs, serviceMs, queueWaitMs } = run.recorder.record().requests
    expect([queueWaitMs[0], serviceMs[0], doneMs[0]]).toEqual([0, 30 + SERVICE_MS, 1040 + SERVICE_MS])
  })

  it('a second worker takes the request meanwhile', () => {
    const run = begin([1010], { checkMs: 40, workers: 2 })
    runEngine(run.engine)
    expect(run.recorder.record().requests.doneMs[0]).toBe(1010 + SERVICE_MS)
  })

  it('no counter of the proxy counts checks, under way or done', () => {
    const run = begin([], { checkMs: 40 })
    const counted = run.ask([1020, 1900, 2020], () => run.engine.proxy.counters())
    runEngine(run.engine)
    const nothing = {
      requestsTotal: 0,
      queued: 0,
      inFlight: 0,
      servers: [{ name: 'w1', inFlight: 0, status: 'up' }],
    }
    expect(counted).toEqual([nothing, nothing, nothing])
  })

  // Drained at 1500, so the next one, of 2000, is not made. w2 gets the same place in the fleet at 3000 + 1500.
  it('the checks of a removed server stop; those of the next one in its place keep their own time', () => {
    const run = begin([])
    run.engine.calendar.later(1500, RANK.replica, () => run.plant.scaleTo(0))
    run.engine.calendar.later(3000, RANK.replica, () => run.plant.scaleTo(1))
    runEngine(run.engine)
    expect(run.beganMs.slice(0, 4)).toEqual([1000, 5500, 6500, 7500])
  })

  // Its check waits in the backlog behind a request of 40 s when the drain's limit of 30 s kills the server.
  it('a server that is killed with a check in its backlog leaves nothing behind', () => {
    const run = begin([0], { serviceMs: 40_000 })
    run.engine.calendar.later(10, RANK.replica, () => run.plant.scaleTo(0))
    runEngine(run.engine)
    expect(run.outcomes()).toEqual(['failed'])
    expect(run.engine.requests.live).toBe(0)
  })
})

function begin(
  atMs: readonly number[],
  options: { health?: Settings; serviceMs?: number; checkMs?: number; workers?: number } = {},
) {
  const { health = HEALTH, serviceMs = SERVICE_MS, checkMs = 0, workers = 1 } = options
  const service: Partial<ServiceSettings> = { maxconn: null, health }
  const model = {
    ...handModel({ family: 'deterministic', value: serviceMs }),
    container: { ...PLAIN_CONTAINER, workers, checkMs: exactly(checkMs) },
  }
  const recorder = new Recorder()
  const simulation = fixedFleet({ trace: arrivalsAt(atMs), model, replicas: 1, service })
  const { engine, plant } = assembleEngine(simulation, recorder)
  const checks = engine.checks!
  const beganMs: number[] = []
  const due = checks.due.bind(checks)
  checks.due = (server) => {
    beganMs.push(engine.calendar.nowMs)
    due(server)
  }
  plant.begin()
  // Keeps the run alive for some checks after the last request.
  engine.calendar.later(9000, RANK.tick, () => {})
  const ask = <T>(timesMs: number[], question: () => T): T[] => {
    const answers: T[] = []
    for (const ms of timesMs) engine.calendar.later(ms, RANK.tick, () => answers.push(question()))
    return answers
  }
  return {
    engine,
    plant,
    recorder,
    beganMs,
    ask,
    status: () => engine.proxy.counters()!.servers[0]!.status,
    outcomes: () => recorder.record().requests.outcome,
  }
}
