import { every } from '../base/clock.ts'
import { messageOf, UserError } from '../base/errors.ts'
import type { Plant } from '../control/plant.ts'
import { proxyLogOf } from '../control/proxyLog.ts'
import { reconcile } from '../control/reconcile.ts'
import { DRAIN_LIMIT_MS, REPLICA_POLL_MS } from '../control/service.ts'
import type { ProxyLogEntry, RawSignals, ReplicaStatus } from '../control/signals.ts'
import type { ControlSettings, ReplicaEvent } from '../record/schema.ts'
import type { ProxyServer } from './proxy/haproxyConfig.ts'
import { StandbyPool } from './standby.ts'
import { startReplica } from './startReplica.ts'
import { runningIn, type Testbed } from './testbed.ts'

interface Replica extends ReplicaStatus {
  /** Aborted when the replica is no longer wanted or was found dead. */
  unwanted: AbortController
}

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

/** After a start that failed, before the next: a broken image must not be tried in a tight loop. */
const RETRY_PAUSE_MS = 2000

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
  #retryAtMs = 0
  #closing = false
  #blindUntilMs = 0

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
    const blind = this.#now() < this.#blindUntilMs
    const proxy = blind ? null : await this.#testbed.haproxy.counters().catch(() => null)
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

  /** Fault: the container of the oldest ready replica is killed. */
  async killOldest(): Promise<void> {
    const victim = [...this.#replicas.values()].find(({ state }) => state === 'ready')
    if (victim) await this.#testbed.removeContainer(victim.name)
  }

  /** Fault: the proxy's counters cannot be read until then. */
  blindUntil(atMs: number): void {
    this.#blindUntilMs = atMs
  }

  /** Fault: the proxy dies and comes back; the servers that it forgot are added again. */
  async restartProxy(): Promise<void> {
    await this.#testbed.restartProxy()
    await this.#testbed.haproxy.reconcile(this.#readyServers())
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
    }
    const { name } = replica
    this.#replicas.set(name, replica)
    this.#note(name, 'starting')
    try {
      const phases = await startReplica(this.#testbed, {
        name,
        standby,
        probeAnswers: this.#probeAnswers,
        signal: replica.unwanted.signal,
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
      this.#retryAtMs = this.#now() + RETRY_PAUSE_MS
    }
    await this.#forget(replica)
    if (calledOff) this.#note(replica.name, 'stopped')
    else this.#note(replica.name, 'failed', { note: messageOf(error) })
  }

  async #drain(replica: Replica): Promise<void> {
    this.#move(replica, 'draining')
    const patience = { timeoutMs: DRAIN_LIMIT_MS, signal: replica.unwanted.signal }
    await this.#testbed.haproxy.drain(replica.name, patience).catch(() => {})
    await this.#forget(replica)
    this.#note(replica.name, 'stopped')
  }

  /** Takes the replica out of the proxy and removes its container; what is gone already is no error. */
  async #forget(replica: Replica): Promise<void> {
    await this.#testbed.haproxy.removeServer(replica.name).catch(() => {})
    this.#pids.delete(replica.name)
    await this.#testbed.removeContainer(replica.name).catch(() => {})
    this.#replicas.delete(replica.name)
    this.#servers.delete(replica.name)
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

  async #look(): Promise<void> {
    const ready = this.statuses().filter(({ state }) => state === 'ready')
    const standing = this.#pool?.names ?? []
    const states = await this.#testbed.replicaStates().catch(() => null)
    if (states === null || this.#closing) return
    const running = runningIn(states)
    for (const { name } of ready) {
      const replica = this.#replicas.get(name)
      if (!running.includes(name) && replica?.state === 'ready') this.#run(this.#bury(replica))
    }
    this.#pool?.dropLost(standing, states)
    this.#reconcile()
    this.#refill()
  }

  async #bury(replica: Replica): Promise<void> {
    replica.state = 'failed'
    this.#note(replica.name, 'failed', { note: 'exited by itself' })
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
