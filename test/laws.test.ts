import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { FAULTS, type Fault, type FaultKind, type FaultRow, faultText } from '../record/faults.ts'
import { brokenLaws } from '../record/laws.ts'
import type { RunHeader, RunRecord, ServiceSettings } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { assembleEngine } from '../sim/assemble.ts'
import { EVENT, RANK } from '../sim/calendar.ts'
import type { Distribution } from '../sim/distribution.ts'
import { type Engine, runEngine } from '../sim/engine.ts'
import { scheduleFaults } from '../sim/faults.ts'
import type { Model } from '../sim/model.ts'
import { Recorder } from '../sim/recorder.ts'
import { replay } from '../sim/replay.ts'
import { SLOT, STATE } from '../sim/requests.ts'
import { simulate } from '../sim/run.ts'
import type { Simulation } from '../sim/simulation.ts'
import { both, ticksTo } from '../sim/sinks.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { Trace } from '../traces/trace.ts'
import { autoscaled, estimateOf, exactly, handModel } from './support.ts'

const rates = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 2, maxLength: 5 })
const burst = [0.2, 2.6].map((factor) => ({ factor, meanMs: factor < 1 ? 2000 : 1000 }))
const loads: fc.Arbitrary<Pick<Trace, 'load' | 'process'> & { burst?: Trace['burst']; durationMs: number }> =
  fc.oneof(
    fc
      .record({ rates, process: fc.constantFrom<Trace['process'][]>('poisson', 'even', 'mmpp') })
      .map(({ rates, process }) => ({
        load: {
          kind: 'rate' as const,
          points: [1, ...rates].map((ratePerS, i) => ({ atMs: 4000 * i, ratePerS })),
        },
        process,
        ...(process === 'mmpp' ? { burst } : {}),
        durationMs: 4000 * rates.length,
      })),
    fc.array(fc.nat(60), { minLength: 2, maxLength: 10 }).map((counts) => ({
      load: { kind: 'counts' as const, intervalMs: 1000, counts },
      process: 'poisson' as const,
      durationMs: 1000 * counts.length,
    })),
    // Whole milliseconds: many at one time, and at the times of ticks and faults.
    fc.array(fc.integer({ min: 0, max: 9999 }), { maxLength: 200, size: 'max' }).map((atMs) => ({
      load: { kind: 'arrivals' as const, atMs: atMs.sort((a, b) => a - b) },
      process: 'even' as const,
      durationMs: 10_000,
    })),
    fc
      .record({
        users: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
        think: fc.constantFrom(
          { kind: 'constant' as const, ms: 100 },
          { kind: 'exponential' as const, meanMs: 700 },
        ),
      })
      .map(({ users, think }) => ({
        load: { kind: 'users' as const, points: users.map((n, i) => ({ atMs: 3000 * i, users: n })), think },
        process: 'even' as const,
        durationMs: 10_000,
      })),
  )
const traces: fc.Arbitrary<Trace> = loads.map((load) => ({
  name: 'random',
  description: '',
  mix: { read: 3, write: 1 },
  ...load,
}))

const constant = (value: number): Distribution => ({ family: 'deterministic', value })
const distributions = fc.constantFrom<Distribution[]>(
  constant(50),
  { family: 'uniform', min: 5, max: 200 },
  { family: 'exponential', mean: 80 },
  { family: 'gamma', shape: 0.5, scale: 150 },
  { family: 'lognormal', mu: 4, sigma: 1 },
  { family: 'weibull', shape: 0.7, scale: 70 },
  { family: 'hyperexponential', branches: [0.9, 0.1].map((p) => ({ probability: p, mean: 30 / p })) },
  { family: 'mixture', parts: [0, 50, 300].map((value) => ({ weight: 1, distribution: constant(value) })) },
  { family: 'empirical', quantiles: [0, 20, 50, 50, 400] },
)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const models: fc.Arbitrary<Model> = fc
  .record({
    blocking: distributions,
    cpuMs: fc.constantFrom(0, 3, 40),
    transitMs: fc.constantFrom(0, 4),
    cpu: maybe(
      fc.record({
        cores: fc.integer({ min: 1, max: 4 }),
        quota: fc.constantFrom(null, 0.5, 1),
        othersCores: fc.constantFrom(0, 0.4),
        othersMsPerRequest: fc.constantFrom(0, 1.5),
      }),
    ),
    container: maybe(
      fc.record({
        workers: fc.integer({ min: 1, max: 3 }),
        backlog: fc.constantFrom(1, 3, 4096),
        rateLimit: fc.option(
          fc.record({
            kind: fc.constantFrom('fixed-window' as const, 'moving-window' as const),
            limit: fc.constantFrom(1, 10),
            windowMs: fc.constantFrom(100, 1000),
          }),
        ),
        rejectMs: fc.constantFrom(exactly(0), exactly(2)),
        checkMs: fc.constantFrom(exactly(0), exactly(15)),
      }),
    ),
    failure: fc.constantFrom(0, 0.1, 0.3),
    loss: fc.constantFrom(0, 0.2),
    cpuShare: fc.constantFrom(0, 0.5, 1),
    engineJobs: fc.constantFrom(1, 1.4),
    stopCpuMs: fc.constantFrom(0, 150),
    slowdown: fc.constantFrom(0, 0.3),
    crashMs: maybe(fc.constantFrom(8000, 60_000)),
  })
  .map(
    ({
      blocking,
      cpuMs,
      transitMs,
      cpu,
      container,
      failure,
      loss,
      cpuShare,
      slowdown,
      crashMs,
      ...engine
    }) => {
      const model = handModel(blocking, 900)
      const own = { blockingMs: { distribution: blocking }, cpuMs: exactly(cpuMs), overheadMs: exactly(2) }
      return {
        ...model,
        classes: { read: own, write: { ...own, blockingMs: exactly(60) } },
        transitMs: exactly(transitMs),
        startup: {
          ...model.startup,
          created: exactly(400),
          paused: exactly(50),
          slowdownPerConcurrent: estimateOf(slowdown),
          cpuShare: estimateOf(cpuShare),
          engineJobs: estimateOf(engine.engineJobs),
          failure: estimateOf(failure),
        },
        stopCpuMs: estimateOf(engine.stopCpuMs),
        monitoring: { ...model.monitoring, loss: estimateOf(loss) },
        ...(container ? { container } : {}),
        ...(cpu ? { cpu } : {}),
        ...(crashMs ? { crashMs: estimateOf(crashMs) } : {}),
      }
    },
  )

const services: fc.Arbitrary<Partial<ServiceSettings>> = fc.record({
  balance: fc.constantFrom('roundrobin', 'leastconn', 'random', 'first'),
  maxconn: fc.constantFrom(1, 2, null),
  clientTimeoutMs: fc.constantFrom(150, 2000, 10_000),
  queueTimeoutMs: fc.constantFrom(500, 30_000),
  queueLimit: fc.constantFrom(null, 0, 5),
  frontendMaxconn: fc.constantFrom(null, 1, 20),
  slowstartMs: fc.constantFrom(0, 5000),
  health: fc.option(
    fc.record({
      intervalMs: fc.constantFrom(200, 1000),
      downIntervalMs: fc.constantFrom(50, 300),
      timeoutMs: fc.constantFrom(60, 400, 2000),
      rise: fc.integer({ min: 1, max: 2 }),
      fall: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  retries: fc.option(
    fc.record({
      most: fc.integer({ min: 1, max: 3 }),
      backoffMs: fc.constantFrom(0, 100),
      factor: fc.constantFrom(1, 2),
      jitter: fc.constantFrom(0, 0.5),
    }),
  ),
})
const kinds = (Object.keys(FAULTS) as FaultKind[]).filter((kind) => FAULTS[kind].side === 'both')
/** Also beyond the end of the trace, and outlasting it by hours. */
const fault: fc.Arbitrary<Fault> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    atMs: fc.integer({ min: 0, max: 12_000 }),
    durationMs: fc.oneof(fc.integer({ min: 1, max: 8000 }), fc.constant(36_000_000)),
    replica: fc.nat(3),
    factor: fc.constantFrom(1.5, 4, 100),
  })
  .map(({ kind, atMs, durationMs, replica, factor }) => {
    const { takes, lasts } = FAULTS[kind]
    return {
      kind,
      atMs,
      durationMs: lasts ? durationMs : 0,
      replica: takes === null ? 0 : replica,
      factor: takes === 'replica and factor' ? factor : 1,
    }
  })
const simulations: fc.Arbitrary<Simulation> = fc
  .record({
    trace: traces,
    model: models,
    service: services,
    policy: fc.constantFrom('static', 'threshold', 'pid'),
    faults: fc.array(fault, { maxLength: 4 }),
    method: fc.constantFrom(null, 'created' as const, 'paused' as const),
    initialReplicas: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .map(({ faults, method, initialReplicas, ...rest }) => {
    const standby = method && { method, size: 2 }
    const simulation = autoscaled(rest)
    return { ...simulation, faults, control: { ...simulation.control, standby, initialReplicas } }
  })

vi.setConfig({ testTimeout: 60_000 })
/** Its traces last at most 16 s, its longest fault ten hours, for which no run may wait; slow work goes on for a while. */
const LONGEST_MS = 600_000
/** A run of these sizes has some ten thousand events; one that has so many has no end. */
const ENDLESS = 3_000_000

it('every arrival ends once; causality, monotone time, lives of replicas; counters that agree; nothing is left', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      const { record, engine, endings, wrong } = run(simulation)
      expect(wrong).toEqual([])
      const { trace, seed } = simulation
      const isOpen = trace.load.kind !== 'users'
      const sent = isOpen ? generateArrivals(trace, seed).atMs.length : engine.clients.sent
      expect(endings).toEqual(Array(sent).fill(1))
      expect(brokenLaws(record, sent)).toEqual([])
      expect(record.requests.outcome).not.toContain('unanswered')
      expect(engine.requests.live).toBe(0)
      expect(engine.proxy.counters()).toMatchObject({ queued: 0, inFlight: 0 })
      const ends = new Map(record.replicas.map(({ replica, state }) => [replica, state]))
      expect([...ends.values()]).not.toContain('draining')
      expect(engine.calendar.nowMs).toBeLessThan(LONGEST_MS)
      expect(halfTold(record.faults ?? [], simulation.faults ?? [])).toEqual([])
    }),
    { numRuns: 200 },
  )
})

it('the same simulation gives the same bytes, and its policy the same decisions on what it saw', () => {
  fc.assert(
    fc.property(simulations, (simulation) => {
      const bytes = bytesOf(simulate(simulation))
      expect(bytesOf(simulate(simulation))).toBe(bytes)
      expect(replay(JSON.parse(bytes), simulation.policy)).toEqual([])
    }),
    { numRuns: 40 },
  )
})

it('common random numbers: an open loop’s arrivals, classes and work do not depend on policy, service or faults', () => {
  fc.assert(
    fc.property(simulations, simulations, (one, another) => {
      fc.pre(one.trace.load.kind !== 'users')
      const { trace, model, seed } = one
      expect(run({ ...another, trace, model, seed }).drawn).toEqual(run(one).drawn)
    }),
    { numRuns: 50 },
  )
})

/** Faults that last and are told to begin but not to be over, or the other way round. */
function halfTold(rows: readonly FaultRow[], faults: readonly Fault[]): string[] {
  const count = (fault: string, state: FaultRow['state']) =>
    rows.filter((row) => row.fault === fault && row.state === state).length
  return faults
    .filter(({ durationMs }) => durationMs > 0)
    .map(faultText)
    .filter((text) => count(text, 'begun') !== count(text, 'over'))
}

const bytesOf = (record: RunRecord) =>
  JSON.stringify(record, (_, v) => (ArrayBuffer.isView(v) ? Array.from(v as Float64Array) : v))

/** One run with its engine in view; its counters are checked every 97 ms, between events. */
function run(simulation: Simulation) {
  const recorder = new Recorder()
  const endings: number[] = []
  const drawn: number[][] = []
  const wrong: string[] = []
  const watch: RunSink = {
    ...ticksTo(() => {}),
    request(ended, slot) {
      const index = ended.index(slot)
      endings[index] = (endings[index] ?? 0) + 1
      // Of the work as it was drawn: the record keeps it of answered requests only.
      const workMs = [engine.requests.holdMs(slot), engine.requests.workMs(slot)]
      drawn[index] = [ended.classIndex(slot), ended.intendedMs(slot), ...workMs]
    },
  }
  const { engine, plant, classes } = assembleEngine(simulation, both(recorder, watch))
  const { calendar } = engine
  recorder.start({ mode: 'sim', trace: simulation.trace } as RunHeader, classes)
  plant.begin()
  scheduleFaults(simulation.faults ?? [], engine, plant, recorder)
  const again = () => {
    wrong.push(...wrongCounters(engine, simulation.service))
    calendar.later(calendar.nowMs + 97, RANK.tick, again, EVENT.background)
  }
  again()
  stopEndless(engine)
  runEngine(engine)
  return { record: recorder.record(), engine, endings, drawn, wrong }
}

/** No time-out of a test can interrupt a loop; this, which the engine asks before each event, can. */
function stopEndless({ clients, calendar }: Engine): void {
  const ask = clients.nextTimeoutMs.bind(clients)
  let events = 0
  clients.nextTimeoutMs = () => {
    if (++events > ENDLESS) throw new Error(`no end in sight at ${calendar.nowMs} ms`)
    return ask()
  }
}

/** Where a counter differs from what looking at every request gives, or a server has more than it may. */
function wrongCounters({ requests, proxy, fleet }: Engine, { maxconn }: ServiceSettings): string[] {
  const counters = proxy.counters()
  if (!counters) return []
  let queued = 0
  const at = new Map<string, number>()
  for (let slot = 0; slot < requests.bound; slot += SLOT) {
    const server = requests.backend(slot)
    if (requests.state(slot) === STATE.queued) queued++
    if (requests.state(slot) !== STATE.atServer || server < 0) continue
    const name = `w${fleet.number[server]}`
    at.set(name, (at.get(name) ?? 0) + 1)
  }
  const most = maxconn ?? Number.POSITIVE_INFINITY
  const wrong = counters.servers.filter((s) => s.inFlight !== (at.get(s.name) ?? 0) || s.inFlight > most)
  return [...wrong.map(({ name }) => name), ...(counters.queued === queued ? [] : ['queued'])]
}
