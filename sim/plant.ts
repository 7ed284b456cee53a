import { assert } from '../base/assert.ts'
import type { Random } from '../base/random.ts'
import type { Plant } from '../control/plant.ts'
import { reconcile } from '../control/reconcile.ts'
import { DRAIN_LIMIT_MS, REPLICA_POLL_MS } from '../control/service.ts'
import type { RawSignals, ReplicaStatus } from '../control/signals.ts'
import type { ReplicaEvent } from '../record/schema.ts'
import { sampler } from './distribution.ts'
import { type Kernel, RANK, type Scheduled } from './kernel.ts'
import type { Model } from './model.ts'
import type { SimulatedProxy } from './proxy.ts'
import { Server } from './server.ts'

interface Replica extends ReplicaStatus {
  server: Server | null
  /** The pending move: becoming ready, or the drain limit. */
  next: Scheduled | null
}

/** The simulated fleet behind the simulated proxy. live/plant.ts is its twin. */
export class SimulatedPlant implements Plant<RawSignals> {
  readonly events: ReplicaEvent[] = []
  readonly #kernel: Kernel
  readonly #model: Model
  readonly #proxy: SimulatedProxy
  readonly #startupMs: () => number
  readonly #stopMs: () => number
  #replicas = new Map<string, Replica>()
  #named = 0
  #target: number
  #blindUntilMs = 0

  constructor(
    kernel: Kernel,
    model: Model,
    proxy: SimulatedProxy,
    randoms: { startup: Random; stop: Random },
    initial: number,
  ) {
    this.#kernel = kernel
    this.#model = model
    this.#proxy = proxy
    this.#startupMs = sampler(model.startup.cold.distribution, randoms.startup)
    this.#stopMs = sampler(model.stopMs.distribution, randoms.stop)
    this.#target = initial
    for (let i = 0; i < initial; i++) this.#becomeReady(this.#newReplica())
  }

  read(): RawSignals {
    const blind = this.#kernel.nowMs < this.#blindUntilMs
    return {
      atMs: this.#kernel.nowMs,
      proxy: blind ? null : this.#proxy.counters(),
      log: this.#proxy.takeLog(),
      replicas: this.#statuses(),
    }
  }

  scaleTo(replicas: number): void {
    this.#target = replicas
    this.#reconcile()
  }

  /** Fault: the oldest ready replica dies. The proxy and the plant notice at the plant's next look. */
  killOldest(): void {
    const victim = [...this.#replicas.values()].find((replica) => replica.state === 'ready')
    if (!victim) return
    victim.server!.kill()
    const noticedMs = (Math.floor(this.#kernel.nowMs / REPLICA_POLL_MS) + 1) * REPLICA_POLL_MS
    this.#kernel.at(noticedMs, RANK.replica, () => this.#bury(victim))
  }

  /** Fault: the proxy's counters cannot be read until then. */
  blindUntil(atMs: number): void {
    this.#blindUntilMs = atMs
  }

  #statuses(): ReplicaStatus[] {
    return [...this.#replicas.values()].map(({ name, state, sinceMs }) => ({ name, state, sinceMs }))
  }

  #reconcile(): void {
    const steps = reconcile(this.#statuses(), this.#target)
    for (const name of steps.cancel) this.#cancel(this.#replicas.get(name)!)
    for (const name of steps.drain) this.#drain(this.#replicas.get(name)!)
    const starting = this.#statuses().filter((replica) => replica.state === 'starting').length
    for (let i = 0; i < steps.start; i++) this.#start(starting + steps.start - 1)
  }

  #newReplica(): Replica {
    const replica: Replica = {
      name: `w${++this.#named}`,
      state: 'starting',
      sinceMs: this.#kernel.nowMs,
      server: null,
      next: null,
    }
    this.#replicas.set(replica.name, replica)
    this.#note(replica, 'starting')
    return replica
  }

  /** @param others how many further replicas are starting at this moment. */
  #start(others: number): void {
    const replica = this.#newReplica()
    const slowdown = 1 + this.#model.startup.slowdownPerConcurrent.estimate * others
    const readyMs = this.#kernel.nowMs + this.#startupMs() * slowdown
    replica.next = this.#kernel.at(readyMs, RANK.replica, () => this.#becomeReady(replica))
  }

  #becomeReady(replica: Replica): void {
    replica.server = new Server(replica.name, this.#kernel, (request, end) =>
      this.#proxy.serverEnded(replica.name, request, end),
    )
    replica.next = null
    this.#move(replica, 'ready')
    this.#proxy.add(replica.server)
  }

  #cancel(replica: Replica): void {
    if (replica.next) replica.next.run = null
    this.#remove(replica)
  }

  #drain(replica: Replica): void {
    this.#move(replica, 'draining')
    replica.next = this.#kernel.at(this.#kernel.nowMs + DRAIN_LIMIT_MS, RANK.replica, () => {
      replica.server!.kill()
    })
    this.#proxy.drain(replica.name, () => {
      replica.next!.run = null
      this.#proxy.remove(replica.name)
      this.#remove(replica)
    })
  }

  /** The container is being removed: it costs until it is gone. */
  #remove(replica: Replica): void {
    if (replica.state === 'starting') this.#move(replica, 'draining')
    this.#kernel.at(this.#kernel.nowMs + this.#stopMs(), RANK.replica, () => {
      this.#replicas.delete(replica.name)
      this.#note(replica, 'stopped')
    })
  }

  #bury(replica: Replica): void {
    if (!this.#replicas.delete(replica.name)) return
    this.#proxy.markDown(replica.name)
    this.#proxy.remove(replica.name)
    this.#note(replica, 'failed', 'exited by itself')
    this.#reconcile()
  }

  #move(replica: Replica, state: 'ready' | 'draining'): void {
    assert(
      replica.state === 'starting' || state === 'draining',
      `replica ${replica.name} ${replica.state} -> ${state}`,
    )
    replica.state = state
    replica.sinceMs = this.#kernel.nowMs
    this.#note(replica, state)
  }

  #note(replica: Replica, state: ReplicaEvent['state'], note?: string): void {
    this.events.push({ atMs: this.#kernel.nowMs, replica: replica.name, state, ...(note ? { note } : {}) })
  }
}
