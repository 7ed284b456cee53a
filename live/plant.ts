import { every, sleep } from '../base/clock.ts'
import { messageOf, UserError } from '../base/errors.ts'
import type { Plant } from '../control/plant.ts'
import { proxyLogOf } from '../control/proxyLog.ts'
import { reconcile } from '../control/reconcile.ts'
import { DRAIN_LIMIT_MS, REPLICA_POLL_MS, START_RETRY_PAUSE_MS } from '../control/service.ts'
import type { ProxyCounters, ProxyLogEntry, RawSignals, ReplicaStatus } from '../control/signals.ts'
import type { ControlSettings, ReplicaEvent } from '../record/schema.ts'
import type { ContainerState } from './engine/podman.ts'
import type { ProxyServer } from './proxy/haproxyConfig.ts'
import { StandbyPool } from './standby.ts'
import { ASK_AGAIN_MS, startReplica } from './startReplica.ts'
import type { BrokenStart, Testbed } from './testbed.ts'

interface Replica extends ReplicaStatus {
  /** Aborted when the replica is no longer wanted. */
  unwanted: AbortController
  /** Aborted when its container was found dead before it was ready. */
  died: AbortController
}

/** What the plant makes of the proxy's counters before it hands them on: faults put something else here. */
type Reading = (counters: () => Promise<ProxyCounters | null>) => Promise<ProxyCounters | null>
const AS_THEY_ARE: Reading = (counters) => counters()

export interface PlantHooks {
  onEvent: (event: ReplicaEvent) => void
  /** What went wrong in the background and cannot be told as a replica's failure. */
  onProblem: (problem: string) => void
}

export interface PlantOptions {
  standby?: ControlSettings['standby']
  /** Ask each starting application itself, so that its start's phases tell when it answered. */
  probeAnswers?: boolean
}

/**
 * The real fleet: Podman containers behind HAProxy. Every start, drain and stop runs by itself, so the
 * control loop never waits for the container engine. sim/plant.ts is its twin.
 */
export class LivePlant implements Plant<Promise<RawSignals>> {
  readonly #testbed: Testbed
  readonly #now: () => number
  readonly #hooks: PlantHooks
  readonly #pool: StandbyPool | null
  readonly #probeAnswers: boolean
  #replicas = new Map<string, Replica>()
  #servers = new Map<string, ProxyServer>()
  #pids = new Map<string, number>()
  /** Of the last start that failed. */
  #lastProblem: unknown = new Error('no start was tried')
  #named = 0
  #target = 0
  #log: ProxyLogEntry[] = []
  #tasks = new Set<Promise<void>>()
  #stopPolling: () => void
  #polling = false
  /** When the container engine was last asked for its containers. */
  #askedMs = Number.NEGATIVE_INFINITY
  #retryAtMs = 0
  #closing = false
  /** Fault: what becomes of the counters when they are read. */
  reading: Reading = AS_THEY_ARE
  /** Fault: what becomes of the starts that are asked for. */
  brokenStart: BrokenStart | null = null

  constructor(
    testbed: Testbed,
    now: () => number,
    hooks: PlantHooks,
    { standby, probeAnswers = false }: PlantOptions = {},
  ) {
    this.#testbed = testbed
    this.#now = now
    this.#hooks = hooks
    this.#probeAnswers = probeAnswers
    this.#pool = standby ? this.#openPool(standby) : null
    this.#stopPolling = every(REPLICA_POLL_MS, () => this.#watch())
  }

  /** Each of the proxy's log lines, as it arrives. */
  noteEntry(entry: ProxyLogEntry): void {
    this.#log.push(entry)
  }

  async read(): Promise<RawSignals> {
    const proxy = await this.reading(() => this.#testbed.haproxy.counters().catch(() => null))
    const log = this.#log
    this.#log = []
    const standby = this.#pool?.names.length ?? 0
    return { atMs: this.#now(), proxy, log: proxyLogOf(log), replicas: this.statuses(), standby }
  }

  scaleTo(replicas: number): void {
    this.#target = replicas
    this.#reconcile()
  }

  statuses(): ReplicaStatus[] {
    return [...this.#replicas.values()].map(({ name, state, sinceMs }) => ({ name, state, sinceMs }))
  }

  /** Process id of PID 1 of each replica whose container runs. */
  get replicaPids(): ReadonlyMap<string, number> {
    return this.#pids
  }

  /** Resolves when as many replicas are ready as were asked for, and the stand-bys stand by. @throws the signal's reason, or what kept a start from succeeding. */
  async settle(signal?: AbortSignal): Promise<void> {
    while (this.#tasks.size > 0) {
      signal?.throwIfAborted()
      await Promise.race([...this.#tasks])
    }
    const ready = this.statuses().filter(({ state }) => state === 'ready').length
    if (ready < this.#target) {
      // What the user can mend is said as it is.
      if (this.#lastProblem instanceof UserError) throw this.#lastProblem
      const problem = `${ready} of ${this.#target} replicas became ready: ${messageOf(this.#lastProblem)}`
      throw new Error(problem, { cause: this.#lastProblem })
    }
    this.#pool?.checkFull()
  }

  /** Fault: the proxy dies and comes back; the servers that it forgot are added again. */
  async restartProxy(): Promise<void> {
    await this.#testbed.restartProxy()
    await this.#testbed.haproxy.reconcile(this.#readyServers())
  }

  /** After a fault of the counters. */
  readAsItIs(): void {
    this.reading = AS_THEY_ARE
  }

  /** Names of the ready replicas, the oldest first. */
  readyReplicas(): string[] {
    return this.statuses().flatMap(({ name, state }) => (state === 'ready' ? [name] : []))
  }

  /** Stops watching and leaves the replicas as they are. */
  letGo(): void {
    this.#closing = true
    this.#stopPolling()
  }

  /** Stops working towards the target and waits for what is under way. */
  async close(): Promise<void> {
    this.letGo()
    this.#pool?.close()
    for (const replica of this.#replicas.values()) replica.unwanted.abort(new Error('the run is over'))
    await Promise.allSettled(this.#tasks)
  }

  #readyServers(): ProxyServer[] {
    return this.statuses().flatMap(({ name, state }) => (state === 'ready' ? [this.#servers.get(name)!] : []))
  }

  #reconcile(): void {
    if (this.#closing) return
    const steps = reconcile(this.statuses(), this.#target)
    for (const name of steps.cancel) this.#replicas.get(name)!.unwanted.abort(new Error('no longer wanted'))
    for (const name of steps.drain) this.#run(this.#drain(this.#replicas.get(name)!))
    if (this.#now() < this.#retryAtMs) return
    for (let i = 0; i < steps.start; i++) this.#run(this.#start())
  }

  #run(task: Promise<void>): void {
    const told = task.catch((error) => this.#hooks.onProblem(messageOf(error)))
    this.#tasks.add(told)
    void told.finally(() => this.#tasks.delete(told))
  }

  #openPool(standby: NonNullable<ControlSettings['standby']>): StandbyPool {
    return new StandbyPool(this.#testbed, standby, {
      newName: () => this.#newName(),
      run: (task) => this.#run(task),
      now: this.#now,
      onProblem: this.#hooks.onProblem,
    })
  }

  #newName(): string {
    return `w${++this.#named}`
  }

  async #start(): Promise<void> {
    const standby = this.#pool?.take() ?? null
    const replica: Replica = {
      name: standby?.name ?? this.#newName(),
      state: 'starting',
      sinceMs: this.#now(),
      unwanted: new AbortController(),
      died: new AbortController(),
    }
    const { name } = replica
    this.#replicas.set(name, replica)
    this.#note(name, 'starting')
    try {
      const phases = await startReplica(this.#testbed, {
        name,
        standby,
        probeAnswers: this.#probeAnswers,
        broken: this.brokenStart,
        signal: AbortSignal.any([replica.unwanted.signal, replica.died.signal]),
        onRunning: ({ server, pid }) => {
          this.#servers.set(name, server)
          if (pid !== null) this.#pids.set(name, pid)
        },
      })
      this.#move(replica, 'ready', { phases })
    } catch (error) {
      await this.#giveUp(replica, error)
    }
    this.#refill()
  }

  /** Stand-bys come after the starts that were asked for, which they would slow down. */
  #refill(): void {
    if (!this.#closing && this.statuses().every(({ state }) => state !== 'starting')) this.#pool?.fill()
  }

  /** A start that failed, or that was called off. */
  async #giveUp(replica: Replica, error: unknown): Promise<void> {
    const calledOff = replica.unwanted.signal.aborted
    if (calledOff) this.#move(replica, 'draining')
    else {
      this.#lastProblem = error
      this.#retryAtMs = this.#now() + START_RETRY_PAUSE_MS
    }
    await this.#forget(replica)
    if (calledOff) this.#note(replica.name, 'stopped')
    else this.#note(replica.name, 'failed', { note: messageOf(error) })
  }

  async #drain(replica: Replica): Promise<void> {
    this.#move(replica, 'draining')
    const patience = { timeoutMs: DRAIN_LIMIT_MS, signal: replica.unwanted.signal }
    // A proxy that cannot be asked still sends requests to the replica: it is not removed before that has ended.
    await this.#untilDone(() => this.#testbed.haproxy.drain(replica.name, patience))
    await this.#forget(replica)
    this.#note(replica.name, 'stopped')
  }

  /** Takes the replica out of the proxy and removes its container; what is gone already is no error. */
  async #forget(replica: Replica): Promise<void> {
    const { haproxy } = this.#testbed
    const forget = () => haproxy.removeServer(replica.name)
    await forget().catch(() => this.#run(this.#untilDone(forget)))
    this.#pids.delete(replica.name)
    // It costs until it is gone.
    await this.#untilDone(() => this.#testbed.removeContainer(replica.name))
    this.#replicas.delete(replica.name)
    this.#servers.delete(replica.name)
  }

  /** Who cannot be asked at the moment is asked again. When the run ends all is removed by its label. */
  async #untilDone(ask: () => Promise<unknown>): Promise<void> {
    while (!this.#closing) {
      const isDone = await ask().then(
        () => true,
        () => false,
      )
      if (isDone) return
      await sleep(ASK_AGAIN_MS)
    }
  }

  /** Looks which replicas and stand-bys have lost their container, and starts what is missing. */
  #watch(): void {
    if (this.#polling || this.#closing) return
    this.#polling = true
    this.#run(
      this.#look().finally(() => {
        this.#polling = false
      }),
    )
  }

  /**
   * Whether the container engine has to be asked. Listing 40 containers takes it 40 ms of CPU, and the generator needs a
   * core: where nothing is on its way, the kernel's word that the replicas' processes are there will do for a while.
   */
  #mustAsk(): boolean {
    const replicas = this.statuses()
    const isQuiet = replicas.every(({ name, state }) => state === 'ready' && isThere(this.#pids.get(name)))
    const mustAsk = !isQuiet || this.#pool !== null || this.#now() - this.#askedMs >= ASK_ENGINE_MS
    if (mustAsk) this.#askedMs = this.#now()
    return mustAsk
  }

  async #look(): Promise<void> {
    if (!this.#mustAsk()) return this.#reconcile()
    // As it was before the engine is asked: what it answers may be older than what has happened since.
    const before = this.statuses().filter(
      ({ name, state }) => state === 'ready' || (state === 'starting' && this.#servers.has(name)),
    )
    const standing = this.#pool?.names ?? []
    const states = await this.#testbed.replicaStates().catch(() => null)
    if (states === null || this.#closing) return
    for (const { name, state } of before) {
      const replica = this.#replicas.get(name)
      if (isAlive(states.get(name)) || replica?.state !== state) continue
      if (state === 'ready') this.#run(this.#bury(replica))
      else this.#run(this.#callDead(replica))
    }
    this.#pool?.dropLost(standing, states)
    this.#reconcile()
    this.#refill()
  }

  /** It need not be waited for. */
  async #callDead({ name, died }: Replica): Promise<void> {
    died.abort(new Error(`${await this.#testbed.endOf(name)} before it was ready`))
  }

  async #bury(replica: Replica): Promise<void> {
    replica.state = 'failed'
    this.#note(replica.name, 'failed', { note: await this.#testbed.endOf(replica.name) })
    await this.#testbed.haproxy.markDown(replica.name).catch(() => {})
    await this.#forget(replica)
  }

  #move(replica: Replica, state: 'ready' | 'draining', more?: Pick<ReplicaEvent, 'phases'>): void {
    replica.state = state
    replica.sinceMs = this.#now()
    this.#note(replica.name, state, more)
  }

  #note(
    replica: string,
    state: ReplicaEvent['state'],
    more: Pick<ReplicaEvent, 'note' | 'phases'> = {},
  ): void {
    this.#hooks.onEvent({ atMs: this.#now(), replica, state, ...more })
  }
}

/** Longest time without asking the container engine: a process id may belong to another process by then. */
const ASK_ENGINE_MS = 5000

function isThere(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** One that stands still is not dead: the proxy's checks are what notices that. */
const isAlive = (state: ContainerState | undefined) => state === 'running' || state === 'paused'
