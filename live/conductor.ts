import { cpus } from 'node:os'
import { runClock, sleep } from '../base/clock.ts'
import { formatDuration } from '../base/units.ts'
import type { ProxyLogEntry } from '../control/signals.ts'
import { type ByHand, makeController, startController, tick } from '../control/tick.ts'
import type { Parameters, Policy, Rollout } from '../policies/policy.ts'
import type { GrowingRecord } from '../record/append.ts'
import type { Fault, FaultRow } from '../record/faults.ts'
import type {
  ControlSettings,
  ReplicaEvent,
  RequestRow,
  RunHeader,
  ServiceSettings,
  TickRow,
  Verdict,
} from '../record/schema.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { Arrivals, Trace } from '../traces/trace.ts'
import type { AppSettings } from './appSettings.ts'
import { RunCounter } from './counts.ts'
import { CpuMeter, type Processes } from './cpu.ts'
import { type FaultSchedule, scheduleFaults } from './faults/schedule.ts'
import { Join } from './load/join.ts'
import { generateLoad, type LoadSummary } from './load/loadgen.ts'
import { prepareObjects } from './load/prepareObjects.ts'
import { LivePlant } from './plant.ts'
import { goFirst } from './priority.ts'
import { type CpuAt, cpuAt, type TickTimes } from './saturation.ts'
import { openTestbed, type Testbed } from './testbed.ts'
import { LATENESS_BOUND_P99_MS, verdictOf } from './verdict.ts'

export interface LiveRun {
  trace: Trace
  policy: Policy
  parameters: Parameters
  control: ControlSettings
  service: ServiceSettings
  app: AppSettings
  /** The work of another run, request by request, to be asked for again; with app.delay `stamped`. */
  work?: { blockingMs: Float64Array } | null
  seed: number
  purpose: RunHeader['purpose']
  model: RunHeader['model']
  /** For a policy that asks the simulator; handed in, since live/ knows none. */
  rollout?: Rollout | null
  prediction: RunHeader['prediction']
  /** Of the proxy on 127.0.0.1; 0 for a free one. */
  port: number
  faults?: readonly Fault[]
  /** Ends the run before its trace does: an experiment that has seen enough. */
  endsWhen?: (row: TickRow) => boolean
  /** Whether each starting application is asked itself when it answers (StartPhases.answerMs). */
  probeAnswers?: boolean
  /** LoadOptions.spin. */
  spin?: boolean
}

export interface LiveRunHooks {
  /** The record's folder. */
  folder: string
  /** Progress, one line each. */
  say: (line: string) => void
  onTick?: (row: TickRow) => void
  /** What the record gets besides, as it gets it. */
  onReplica?: (event: ReplicaEvent) => void
  onRequest?: (row: RequestRow) => void
  /** Asked at each tick; null lets the policy decide. A run that was steered so is no measurement of its policy. */
  byHand?: () => ByHand | null
  signal?: AbortSignal
}

/** How long the last log lines may take after the last answer. */
const LOG_GRACE_MS = 300

/** The moving parts of one live run: testbed, plant, control loop, load generator, and what they leave in the record. */
export class Conductor {
  readonly #run: LiveRun
  readonly #hooks: LiveRunHooks
  readonly #record: GrowingRecord
  readonly #join: Join
  readonly #clock = runClock()
  /** When the load began, on #clock; before that the run's time stands at 0. */
  #originMs = Number.POSITIVE_INFINITY
  #testbed: Testbed | null = null
  #plant: LivePlant | null = null
  #load: LoadSummary | null = null
  readonly #arrivals: Arrivals
  readonly #counter: RunCounter
  /** What of each tick the verdict looks at. */
  readonly #cpuReadings: CpuAt[] = []
  readonly #tickTimes: TickTimes[] = []
  /** Time of the first tick that a person decided, ms. */
  #steeredMs: number | null = null
  #problems: string[] = []

  constructor(run: LiveRun, hooks: LiveRunHooks, record: GrowingRecord) {
    this.#run = run
    this.#hooks = hooks
    this.#record = record
    this.#arrivals = generateArrivals(run.trace, run.seed)
    this.#counter = new RunCounter({ arrivalsMs: this.#arrivals.atMs, maxconn: run.service.maxconn })
    this.#join = new Join((row) => {
      record.addRequest(row)
      hooks.onRequest?.(row)
    })
  }

  /** Brings up the proxy, the initial replicas and the objects. The run's time has not begun. */
  async open(): Promise<void> {
    const { signal, say } = this.#hooks
    const { service, app, port, control } = this.#run
    const testbed = await openTestbed({
      service,
      app,
      port,
      ownerPid: process.pid,
      now: this.#now,
      onEntry: (entry) => this.#onEntry(entry),
      say,
      signal,
    })
    this.#testbed = testbed
    const hooks = {
      onEvent: (event: ReplicaEvent) => {
        this.#record.addReplicaEvent(event)
        this.#counter.replica(event)
        this.#hooks.onReplica?.(event)
      },
      onProblem: (problem: string) => this.#problems.push(problem),
    }
    const { probeAnswers } = this.#run
    this.#plant = new LivePlant(testbed, this.#now, hooks, { standby: control.standby, probeAnswers })
    this.#plant.scaleTo(control.initialReplicas)
    await this.#plant.settle(signal)
    await prepareObjects({
      url: testbed.url,
      objectBytes: app.objectBytes,
      request: app.own?.request,
      onAnswer: ({ server, served }) => this.#counter.prepared(server, served),
      signal,
    })
  }

  /** From time 0 until the load is answered and the control loop has made its last tick. */
  async run(): Promise<void> {
    await this.#readCounter()
    const undo = goFirst()
    this.#originMs = this.#clock()
    const cpu = new CpuMeter(this.#processes())
    const ended = new AbortController()
    const signal = this.#hooks.signal ? AbortSignal.any([this.#hooks.signal, ended.signal]) : ended.signal
    const faults = this.#scheduleFaults()
    try {
      await whicheverFails([this.#generate(signal), this.#control(signal, cpu)], () =>
        ended.abort(new Error('the run failed')),
      )
      this.#hooks.signal?.throwIfAborted()
    } finally {
      undo()
      await faults.end()
      await this.#collectLog()
    }
  }

  /** Removes everything that was started. */
  async close(): Promise<void> {
    await this.#plant?.close()
    await this.#testbed?.close()
  }

  /** What only the run itself could tell. */
  facts(): Pick<RunHeader, 'versions' | 'lateness' | 'counts'> {
    const lateness = this.#load?.lateness
    const malformed = this.#testbed?.haproxy.log.malformed ?? 0
    return {
      ...(this.#load && { counts: this.#counter.counts(this.#load, malformed) }),
      versions: this.#testbed?.versions ?? { node: process.version },
      lateness: lateness ? { ...lateness, boundP99: LATENESS_BOUND_P99_MS } : null,
    }
  }

  /** Why the run is no measurement of its policy, where a person decided. */
  steering(): string[] {
    return this.#steeredMs === null ? [] : [`steered by hand at ${formatDuration(this.#steeredMs)}`]
  }

  verdict(): Verdict {
    const { lateness, counts } = this.facts()
    const { control, spin = false } = this.#run
    return verdictOf({
      lateness,
      counts: counts ?? null,
      cpu: { readings: this.#cpuReadings, cores: cpus().length, spins: spin },
      ticks: { times: this.#tickTimes, intervalMs: control.intervalMs },
      steering: this.steering(),
      problems: this.#problems,
    })
  }

  readonly #now = (): number => Math.max(0, this.#clock() - this.#originMs)

  #onEntry(entry: ProxyLogEntry): void {
    if (this.#originMs === Number.POSITIVE_INFINITY) return
    this.#plant?.noteEntry(entry)
    this.#join.addEntry(entry)
    this.#counter.logged(entry)
  }

  async #generate(signal: AbortSignal): Promise<void> {
    const { seed, service, app, work, spin } = this.#run
    this.#load = await generateLoad({
      url: this.#testbed!.url,
      arrivals: this.#arrivals,
      seed,
      objectBytes: app.objectBytes,
      request: app.own?.request,
      delayMs: work?.blockingMs ?? null,
      now: this.#now,
      timeoutMs: service.clientTimeoutMs,
      onDone: (row, served) => {
        this.#counter.ended(row, served)
        this.#join.addClient(row)
      },
      spin,
      signal,
    })
  }

  async #control(signal: AbortSignal, cpu: CpuMeter): Promise<void> {
    const { control, trace, policy, parameters, rollout } = this.#run
    const plant = this.#plant!
    const controller = makeController(policy, parameters, control, rollout ?? null)
    let state = startController(controller)
    for (let atMs = control.intervalMs; atMs <= trace.durationMs; atMs += control.intervalMs) {
      await sleep(atMs - this.#now(), signal)
      const startedMs = this.#now()
      const signals = await plant.read()
      const result = tick(controller, state, signals, atMs, this.#hooks.byHand?.() ?? null)
      state = result.state
      if (result.row.target !== result.row.observation.target) plant.scaleTo(result.row.target)
      const decidedMs = this.#now()
      const delayMs = decidedMs - startedMs
      this.#counter.reading(signals.atMs, signals.proxy?.requestsTotal ?? null)
      const row = { ...result.row, delayMs, cpu: cpu.read(this.#processes()) }
      if (row.byHand) this.#steeredMs ??= atMs
      this.#cpuReadings.push(...cpuAt(row.cpu, decidedMs))
      this.#tickTimes.push({ dueMs: atMs, decidedMs })
      this.#record.addTick(row)
      this.#hooks.onTick?.(row)
      if (this.#run.endsWhen?.(row)) return
    }
    await sleep(trace.durationMs - this.#now(), signal)
  }

  async #readCounter(): Promise<void> {
    const counters = await this.#testbed?.haproxy.counters().catch(() => null)
    this.#counter.reading(this.#now(), counters?.requestsTotal ?? null)
  }

  #processes(): Processes {
    return { proxyPid: this.#testbed!.proxyPid(), replicaPids: this.#plant!.replicaPids }
  }

  #scheduleFaults(): FaultSchedule {
    const parts = { plant: this.#plant!, testbed: this.#testbed! }
    return scheduleFaults(this.#run.faults ?? [], parts, {
      now: this.#now,
      onFault: (row) => this.#noteFault(row),
    })
  }

  #noteFault(row: FaultRow): void {
    this.#record.addFault(row)
    this.#counter.fault(row, this.#now())
    this.#hooks.say(
      `${formatDuration(row.atMs)}: ${row.fault} ${[row.state, row.note].filter(Boolean).join(', ')}`,
    )
  }

  /** The last lines of the log, then the requests that never got one (refused or cut by a proxy that was killed). */
  async #collectLog(): Promise<void> {
    await sleep(LOG_GRACE_MS)
    this.#testbed?.haproxy.log.readNow()
    this.#join.rest()
    await this.#readCounter()
  }
}

/** Waits for all; the first failure is told at once, and thrown when the others have ended too. */
async function whicheverFails(tasks: Promise<void>[], onFailure: () => void): Promise<void> {
  for (const task of tasks) task.catch(onFailure)
  const results = await Promise.allSettled(tasks)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
