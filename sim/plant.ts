import { assert } from '../base/assert.ts'
import { UserError } from '../base/errors.ts'
import { exponential, type Random, stream } from '../base/random.ts'
import { absurdCounters } from '../control/absurd.ts'
import type { Plant } from '../control/plant.ts'
import { reconcile } from '../control/reconcile.ts'
import {
  DRAIN_LIMIT_MS,
  READY_TIMEOUT_MS,
  REPLICA_POLL_MS,
  START_RETRY_PAUSE_MS,
} from '../control/service.ts'
import type { ProxyCounters, RawSignals } from '../control/signals.ts'
import type { ControlSettings, ReplicaEvent } from '../record/schema.ts'
import { type Calendar, EVENT, RANK } from './calendar.ts'
import { ContainerEngine } from './containerEngine.ts'
import { Draws } from './draws.ts'
import type { Fleet } from './fleet.ts'
import type { HealthChecks } from './healthChecks.ts'
import type { Host } from './host.ts'
import type { Model } from './model.ts'
import { Outage } from './outage.ts'
import type { SimulatedProxy } from './proxy.ts'
import { callOff, occupy, type Replica, type WorkParts } from './replica.ts'
import { NONE } from './requests.ts'
import type { Simulation } from './simulation.ts'
import { NOT_READY_NOTE, type Start, Starts } from './starts.ts'

/** Of a start while the container engine answers errors. */
const ENGINE_ERROR_NOTE = 'podman answered an error'

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
  /** When the trace ends: what is for ever does not go on after it. */
  readonly endMs: number
  readonly containerEngine: ContainerEngine
  readonly starts: Starts
  /** Of the proxy: its counters cannot be read, they are nonsense, its admin socket is gone, its log is full. */
  readonly outages = { counters: new Outage(), absurd: new Outage(), socket: new Outage(), log: new Outage() }
  readonly #parts: PlantParts
  readonly #model: Model
  readonly #onEvent: (event: ReplicaEvent) => void
  readonly #stopMs: Draws
  readonly #chance: { loss: Random; crash: Random }
  #replicas = new Map<string, Replica>()
  #named = 0
  #target: number
  /** After a start that failed, no other before then. */
  #retryAtMs = 0
  #absurdReadings = 0

  constructor(
    parts: PlantParts,
    { model, control, seed, trace }: Pick<Simulation, 'model' | 'control' | 'seed' | 'trace'>,
    onEvent: (event: ReplicaEvent) => void,
  ) {
    this.#parts = parts
    this.#model = model
    this.#onEvent = onEvent
    this.containerEngine = new ContainerEngine(parts.calendar)
    this.starts = new Starts(model, control, seed)
    this.#stopMs = new Draws(model.stopMs.distribution, stream(seed, 'stop'))
    this.#chance = { loss: stream(seed, 'lost-reading'), crash: stream(seed, 'crash') }
    this.endMs = trace.durationMs
    this.#target = control.initialReplicas
  }

  /** The replicas that are there at time 0. */
  begin(): void {
    for (let i = 0; i < this.#target; i++) this.#becomeReady(this.#newReplica())
  }

  read(): RawSignals {
    const { calendar, proxy } = this.#parts
    return {
      atMs: calendar.nowMs,
      proxy: this.#counters(),
      log: proxy.takeLog(),
      replicas: [...this.#replicas.values()],
      standby: this.starts.pool,
    }
  }

  scaleTo(replicas: number): void {
    this.#target = replicas
    this.#reconcile()
  }

  /** As the plant knows them, the oldest first: one that has died is still among them until it is noticed. */
  readyReplicas(): Replica[] {
    return [...this.#replicas.values()].filter(({ state }) => state === 'ready')
  }

  /** A ready replica's processes die. The proxy and the plant notice at the plant's next look. */
  crash(replica: Replica, note: string): void {
    const { calendar, fleet } = this.#parts
    fleet.kill(replica.server)
    const nextLookMs = (Math.floor(calendar.nowMs / REPLICA_POLL_MS) + 1) * REPLICA_POLL_MS
    const bury = () => {
      if (replica.state === 'ready') this.#bury(replica, note)
    }
    this.containerEngine.atLook(nextLookMs, bury)
  }

  get #workParts(): WorkParts {
    const { calendar, host } = this.#parts
    return { calendar, host, containerEngine: this.containerEngine }
  }

  #counters(): ProxyCounters | null {
    const { counters, absurd, socket } = this.outages
    const lost = this.#model.monitoring.loss && this.#chance.loss() < this.#model.monitoring.loss.estimate
    const real = lost || counters.lasts || socket.lasts ? null : this.#parts.proxy.counters()
    return real && absurd.lasts ? absurdCounters(real, this.#absurdReadings++) : real
  }

  #reconcile(): void {
    const steps = reconcile([...this.#replicas.values()], this.#target)
    for (const name of steps.cancel) this.#cancel(this.#replicas.get(name)!)
    for (const name of steps.drain) this.#drain(this.#replicas.get(name)!)
    if (this.#parts.calendar.nowMs < this.#retryAtMs) return
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
      gaveUp: false,
    }
    this.#replicas.set(replica.name, replica)
    this.#note(replica, 'starting')
    return replica
  }

  /** @param others how many further replicas are starting at this moment. */
  #start(others: number): void {
    const replica = this.#newReplica()
    const start = this.starts.next(others)
    if (start.refillMs !== null) this.#refill(start.refillMs)
    const ifWanted = (act: () => void) => () => {
      if (replica.state === 'starting') act()
    }
    this.containerEngine.call(
      ifWanted(() => this.#carryOut(replica, start)),
      ifWanted(() => this.#giveUp(replica, ENGINE_ERROR_NOTE)),
    )
  }

  #carryOut(replica: Replica, { durationMs, cpuMs, problem, hangs }: Start): void {
    occupy(replica, { durationMs, cpuMs }, this.#workParts, () => {
      if (problem === null) this.#enterRotation(replica)
      else if (hangs) this.#giveUpLater(replica, problem)
      else this.#giveUp(replica, problem)
    })
  }

  /** A cold start fills the stand-by pool up again. */
  #refill(durationMs: number): void {
    const { calendar } = this.#parts
    const add = () => this.starts.pool++
    this.containerEngine.insist(() =>
      calendar.later(calendar.nowMs + durationMs, RANK.replica, add, EVENT.background),
    )
  }

  /** As soon as the proxy takes changes: an application that has started waits for that no longer than for its first check. */
  #enterRotation(replica: Replica): void {
    const { socket } = this.outages
    if (!socket.lasts) return this.#becomeReady(replica)
    this.#giveUpLater(replica, NOT_READY_NOTE)
    socket.after(() => {
      if (replica.state !== 'starting' || replica.gaveUp) return
      this.#parts.calendar.cancel(replica.next!)
      this.#becomeReady(replica)
    })
  }

  #giveUpLater(replica: Replica, note: string): void {
    const { calendar } = this.#parts
    const atMs = calendar.nowMs + READY_TIMEOUT_MS
    replica.next = calendar.later(atMs, RANK.replica, () => this.#giveUp(replica, note))
  }

  /** It counts as starting until its container is gone; the next start comes at a look after the pause. None after the trace: a run must end. */
  #giveUp(replica: Replica, note: string): void {
    const { calendar } = this.#parts
    replica.gaveUp = true
    this.#retryAtMs = calendar.nowMs + START_RETRY_PAUSE_MS
    this.containerEngine.insist(() => {
      this.#replicas.delete(replica.name)
      this.#note(replica, 'failed', note)
      const retryMs = Math.max(calendar.nowMs, this.#retryAtMs)
      if (retryMs <= this.endMs) this.containerEngine.atLook(retryMs, () => this.#reconcile())
    })
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
    if (atMs > this.endMs) return
    const crash = () => {
      if (this.#replicas.get(replica.name) === replica && replica.state === 'ready')
        this.crash(replica, 'exited by itself')
    }
    calendar.later(atMs, RANK.replica, crash, EVENT.background)
  }

  #cancel(replica: Replica): void {
    if (replica.gaveUp) return
    callOff(replica, this.#workParts)
    this.#remove(replica)
  }

  #drain(replica: Replica): void {
    this.#move(replica, 'draining')
    this.outages.socket.after(() => this.#takeFromRotation(replica))
  }

  #takeFromRotation(replica: Replica): void {
    const { calendar, fleet, proxy } = this.#parts
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
    const stop = { durationMs: this.#stopMs.next(), cpuMs: this.#model.stopCpuMs?.estimate ?? 0 }
    const gone = () => {
      this.#replicas.delete(replica.name)
      this.#note(replica, 'stopped')
    }
    this.containerEngine.insist(() => occupy(replica, stop, this.#workParts, gone))
  }

  /** A ready replica that was found dead. */
  #bury(replica: Replica, note: string): void {
    if (!this.#replicas.delete(replica.name)) return
    this.outages.socket.after(() => this.#disconnect(replica))
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
