import { assert } from '../base/assert.ts'
import { UserError } from '../base/errors.ts'
import { exponential, type Random, stream } from '../base/random.ts'
import type { Plant } from '../control/plant.ts'
import { reconcile } from '../control/reconcile.ts'
import { DRAIN_LIMIT_MS, REPLICA_POLL_MS } from '../control/service.ts'
import type { RawSignals, ReplicaStatus } from '../control/signals.ts'
import type { ControlSettings, ReplicaEvent } from '../record/schema.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import { Draws } from './draws.ts'
import type { Fleet } from './fleet.ts'
import type { HealthChecks } from './healthChecks.ts'
import type { Host } from './host.ts'
import type { Model, StartMethod } from './model.ts'
import type { SimulatedProxy } from './proxy.ts'
import { NONE } from './requests.ts'
import type { Simulation } from './simulation.ts'

interface Replica extends ReplicaStatus {
  number: number
  /** Its index in the fleet once it is ready. */
  server: number
  /** The pending move: becoming ready, the drain limit, or being gone. */
  next: number | null
  /** The CPU work of its start or removal, while that goes on. */
  work: number | null
}

export interface PlantParts {
  calendar: Calendar
  fleet: Fleet
  proxy: SimulatedProxy
  host: Host | null
  checks: HealthChecks | null
}

/** @throws UserError where stand-by replicas are asked for whose start-up time the model does not know. */
export function checkStandby({ standby }: Pick<ControlSettings, 'standby'>, { name, startup }: Model): void {
  if (!standby || startup[standby.method]) return
  throw new UserError(
    `the model ${name} has no start-up time for ${standby.method} replicas, which are to stand by. Add startup.${standby.method} to the model file`,
  )
}

/** The simulated fleet's life behind the simulated proxy. live/plant.ts is its twin. */
export class SimulatedPlant implements Plant<RawSignals> {
  readonly #parts: PlantParts
  readonly #model: Model
  readonly #onEvent: (event: ReplicaEvent) => void
  readonly #starts: Partial<Record<StartMethod, Draws>>
  readonly #stopMs: Draws
  readonly #chance: { failure: Random; loss: Random; crash: Random }
  readonly #standby: { method: StartMethod; size: number } | null
  readonly #endMs: number
  #replicas = new Map<string, Replica>()
  #named = 0
  #target: number
  #blindUntilMs = 0
  /** Stand-by replicas that can be started at once. */
  #pool = 0

  constructor(
    parts: PlantParts,
    { model, control, seed, trace }: Pick<Simulation, 'model' | 'control' | 'seed' | 'trace'>,
    onEvent: (event: ReplicaEvent) => void,
  ) {
    this.#parts = parts
    this.#model = model
    this.#onEvent = onEvent
    const { startup } = model
    const draws = (method: StartMethod) =>
      startup[method] && new Draws(startup[method].distribution, stream(seed, `startup/${method}`))
    this.#starts = { cold: draws('cold'), created: draws('created'), paused: draws('paused') }
    this.#stopMs = new Draws(model.stopMs.distribution, stream(seed, 'stop'))
    this.#chance = {
      failure: stream(seed, 'start-failure'),
      loss: stream(seed, 'lost-reading'),
      crash: stream(seed, 'crash'),
    }
    this.#endMs = trace.durationMs
    this.#standby = control.standby ?? null
    this.#pool = this.#standby?.size ?? 0
    this.#target = control.initialReplicas
  }

  /** The replicas that are there at time 0. */
  begin(): void {
    for (let i = 0; i < this.#target; i++) this.#becomeReady(this.#newReplica())
  }

  read(): RawSignals {
    const { calendar, proxy } = this.#parts
    const lost = this.#model.monitoring.loss && this.#chance.loss() < this.#model.monitoring.loss.estimate
    return {
      atMs: calendar.nowMs,
      proxy: lost || calendar.nowMs < this.#blindUntilMs ? null : proxy.counters(),
      log: proxy.takeLog(),
      replicas: [...this.#replicas.values()],
      standby: this.#pool,
    }
  }

  scaleTo(replicas: number): void {
    this.#target = replicas
    this.#reconcile()
  }

  /** Fault: the oldest ready replica dies. The proxy and the plant notice at the plant's next look. */
  killOldest(): void {
    const { alive } = this.#parts.fleet
    const isUp = ({ state, server }: Replica) => state === 'ready' && alive[server] === 1
    const victim = [...this.#replicas.values()].find(isUp)
    if (victim) this.#crash(victim)
  }

  /** Fault: the proxy's counters cannot be read until then. */
  blindUntil(atMs: number): void {
    this.#blindUntilMs = atMs
  }

  #reconcile(): void {
    const steps = reconcile([...this.#replicas.values()], this.#target)
    for (const name of steps.cancel) this.#cancel(this.#replicas.get(name)!)
    for (const name of steps.drain) this.#drain(this.#replicas.get(name)!)
    let starting = 0
    for (const { state } of this.#replicas.values()) if (state === 'starting') starting++
    for (let i = 0; i < steps.start; i++) this.#start(starting + steps.start - 1)
  }

  #newReplica(): Replica {
    const number = ++this.#named
    const replica: Replica = {
      name: `w${number}`,
      number,
      state: 'starting',
      sinceMs: this.#parts.calendar.nowMs,
      server: NONE,
      next: null,
      work: null,
    }
    this.#replicas.set(replica.name, replica)
    this.#note(replica, 'starting')
    return replica
  }

  /** @param others how many further replicas are starting at this moment. */
  #start(others: number): void {
    const replica = this.#newReplica()
    const { startup } = this.#model
    const slowdown = 1 + startup.slowdownPerConcurrent.estimate * others
    const durationMs = this.#takeMethod().next() * slowdown
    const fails = startup.failure !== undefined && this.#chance.failure() < startup.failure.estimate
    const done = () => (fails ? this.#bury(replica, 'did not start') : this.#becomeReady(replica))
    this.#occupy(replica, durationMs, durationMs * (startup.cpuShare?.estimate ?? 0), done)
  }

  /** `done` after so long, or later: a part of that time is work on the shared cores. */
  #occupy(replica: Replica, durationMs: number, cpuMs: number, done: () => void): void {
    const { calendar, host } = this.#parts
    const waitMs = Math.max(0, durationMs - (host?.aloneMs(cpuMs) ?? 0))
    replica.next = calendar.later(calendar.nowMs + waitMs, RANK.replica, () => {
      if (host === null || cpuMs === 0) return done()
      replica.next = null
      replica.work = host.addWork(cpuMs, calendar.nowMs, () => {
        replica.work = null
        done()
      })
    })
  }

  /** From the pool where one is there; the pool is filled up again by a cold start. */
  #takeMethod(): Draws {
    const cold = this.#starts.cold!
    if (this.#standby === null || this.#pool === 0) return cold
    const { calendar } = this.#parts
    this.#pool--
    calendar.later(calendar.nowMs + cold.next(), RANK.replica, () => this.#pool++, EVENT.background)
    return this.#starts[this.#standby.method]!
  }

  #becomeReady(replica: Replica): void {
    const { fleet, proxy, checks } = this.#parts
    replica.server = fleet.open(replica.number)
    replica.next = null
    this.#move(replica, 'ready')
    proxy.add(replica.server)
    checks?.watch(replica.server)
    if (this.#model.crashMs) this.#scheduleCrash(replica, this.#model.crashMs.estimate)
  }

  /** None after the trace: a run must end. */
  #scheduleCrash(replica: Replica, meanMs: number): void {
    const { calendar } = this.#parts
    const atMs = calendar.nowMs + meanMs * exponential(this.#chance.crash)
    if (atMs > this.#endMs) return
    const crash = () => {
      if (this.#replicas.get(replica.name) === replica && replica.state === 'ready') this.#crash(replica)
    }
    calendar.later(atMs, RANK.replica, crash, EVENT.background)
  }

  #crash(replica: Replica): void {
    const { calendar, fleet } = this.#parts
    fleet.kill(replica.server)
    const noticedMs = (Math.floor(calendar.nowMs / REPLICA_POLL_MS) + 1) * REPLICA_POLL_MS
    calendar.later(noticedMs, RANK.replica, () => this.#bury(replica, 'exited by itself'))
  }

  #cancel(replica: Replica): void {
    const { calendar, host } = this.#parts
    if (replica.next !== null) calendar.cancel(replica.next)
    if (replica.work !== null) host!.removeWork(replica.work, calendar.nowMs)
    replica.work = null
    this.#remove(replica)
  }

  #drain(replica: Replica): void {
    const { calendar, fleet, proxy } = this.#parts
    this.#move(replica, 'draining')
    const limitMs = calendar.nowMs + DRAIN_LIMIT_MS
    replica.next = calendar.later(limitMs, RANK.replica, () => fleet.kill(replica.server))
    proxy.drain(replica.server, () => {
      calendar.cancel(replica.next!)
      this.#disconnect(replica)
      this.#remove(replica)
    })
  }

  /** The proxy forgets the server, and its process ends. */
  #disconnect(replica: Replica): void {
    const { fleet, proxy, checks } = this.#parts
    if (replica.server === NONE) return
    checks?.forget(replica.server)
    proxy.remove(replica.server)
    fleet.close(replica.server)
    replica.server = NONE
  }

  /** The container is being removed: it costs until it is gone. */
  #remove(replica: Replica): void {
    if (replica.state === 'starting') this.#move(replica, 'draining')
    this.#occupy(replica, this.#stopMs.next(), this.#model.stopCpuMs?.estimate ?? 0, () => {
      this.#replicas.delete(replica.name)
      this.#note(replica, 'stopped')
    })
  }

  #bury(replica: Replica, note: string): void {
    if (!this.#replicas.delete(replica.name)) return
    if (replica.next !== null) this.#parts.calendar.cancel(replica.next)
    this.#disconnect(replica)
    this.#note(replica, 'failed', note)
    this.#reconcile()
  }

  #move(replica: Replica, state: 'ready' | 'draining'): void {
    assert(
      replica.state === 'starting' || state === 'draining',
      `replica ${replica.name} ${replica.state} -> ${state}`,
    )
    replica.state = state
    replica.sinceMs = this.#parts.calendar.nowMs
    this.#note(replica, state)
  }

  #note(replica: Replica, state: ReplicaEvent['state'], note?: string): void {
    const atMs = this.#parts.calendar.nowMs
    this.#onEvent({ atMs, replica: replica.name, state, ...(note ? { note } : {}) })
  }
}
