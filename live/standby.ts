import { messageOf } from '../base/errors.ts'
import { READY_TIMEOUT_MS, START_RETRY_PAUSE_MS } from '../control/service.ts'
import type { ControlSettings } from '../record/schema.ts'
import type { ContainerState } from './engine/podman.ts'
import { untilListens } from './listening.ts'
import type { StartedReplica, Testbed } from './testbed.ts'

type Settings = NonNullable<ControlSettings['standby']>

/** A container that waits to become the replica of its name. */
export interface Standby {
  name: string
  method: Settings['method']
  /** How it runs once it is thawed; null where it was only created. */
  frozen: StartedReplica | null
}

export interface StandbyHooks {
  /** A name that no replica had or has. */
  newName: () => string
  /** Carries out work in the background. */
  run: (task: Promise<void>) => void
  now: () => number
  onProblem: (problem: string) => void
}

/** How the container engine calls a container that stands by. */
const STATES: Record<Settings['method'], readonly ContainerState[]> = {
  created: ['configured', 'created', 'initialized'],
  paused: ['paused'],
}

/**
 * Containers that were made in advance: `created` ones have still to be started, `paused` ones hold an application
 * that answers, frozen: they use memory but no CPU. They belong to no replica and cost no replica-seconds until one
 * is taken. sim/plant.ts counts such a pool; there too what was taken is replaced by a cold start.
 */
export class StandbyPool {
  readonly #testbed: Testbed
  readonly #settings: Settings
  readonly #hooks: StandbyHooks
  readonly #closed = new AbortController()
  #ready: Standby[] = []
  #making = 0
  #retryAtMs = 0
  #problem: string | null = null

  constructor(testbed: Testbed, settings: Settings, hooks: StandbyHooks) {
    this.#testbed = testbed
    this.#settings = settings
    this.#hooks = hooks
  }

  /** The one that has waited longest; null where none is ready. */
  take(): Standby | null {
    return this.#ready.shift() ?? null
  }

  /** Begins to make as many as are missing. */
  fill(): void {
    if (this.#closed.signal.aborted || this.#hooks.now() < this.#retryAtMs) return
    while (this.#ready.length + this.#making < this.#settings.size) this.#hooks.run(this.#make())
  }

  /** @throws Error where fewer stand by than should. */
  checkFull(): void {
    const { size } = this.#settings
    if (this.#ready.length < size)
      throw new Error(`${this.#ready.length} of ${size} stand-by replicas were made: ${this.#problem}`)
  }

  get names(): string[] {
    return this.#ready.map(({ name }) => name)
  }

  /** Drops those of `names` that no longer are as they should be, by what the container engine says. */
  dropLost(names: readonly string[], states: ReadonlyMap<string, ContainerState>): void {
    const fine = STATES[this.#settings.method]
    const lost = names.filter((name) => !fine.includes(states.get(name) ?? 'unknown'))
    for (const { name } of this.#ready.filter((standby) => lost.includes(standby.name)))
      this.#hooks.run(this.#testbed.removeContainer(name))
    this.#ready = this.#ready.filter(({ name }) => !lost.includes(name))
  }

  /** Calls off what is being made. */
  close(): void {
    this.#closed.abort(new Error('the run is over'))
  }

  async #make(): Promise<void> {
    this.#making++
    const name = this.#hooks.newName()
    try {
      const frozen = await this.#prepare(name)
      this.#closed.signal.throwIfAborted()
      this.#ready.push({ name, method: this.#settings.method, frozen })
      this.#problem = null
    } catch (error) {
      await this.#testbed.removeContainer(name).catch(() => {})
      this.#failed(error)
    } finally {
      this.#making--
    }
  }

  async #prepare(name: string): Promise<StartedReplica | null> {
    const { signal } = this.#closed
    await this.#testbed.createContainer(name)
    if (this.#settings.method === 'created') return null
    signal.throwIfAborted()
    const started = await this.#testbed.startContainer(name)
    await untilListens(
      { pid: started.pid, port: started.server.port },
      { timeoutMs: READY_TIMEOUT_MS, signal },
    )
    await this.#testbed.pauseContainer(name)
    return started
  }

  /** Told once, until one succeeds again. */
  #failed(error: unknown): void {
    if (this.#closed.signal.aborted) return
    this.#retryAtMs = this.#hooks.now() + START_RETRY_PAUSE_MS
    if (this.#problem === null) this.#hooks.onProblem(`a stand-by replica was not made: ${messageOf(error)}`)
    this.#problem = messageOf(error)
  }
}
