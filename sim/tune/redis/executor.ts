import { Queue, QueueEvents } from 'bullmq'
import { Redis } from 'ioredis'
import type { Metrics } from '../../../analysis/metrics.ts'
import { every, sleep } from '../../../base/clock.ts'
import { UserError } from '../../../base/errors.ts'
import type { Executor, Scenario, Task } from '../task.ts'
import { taskHash } from '../taskHash.ts'
import { codeHash } from './codeHash.ts'
import { assertRedis, connectionTo, PREFIX, QUEUE } from './connection.ts'
import type { RunJob } from './job.ts'
import { type StoredScenario, storable, storeScenario } from './scenarioStore.ts'

/** How often the queue is asked for what no event has told: after a break of the connection, or a restart of Redis. */
const SWEEP_MS = 3000
/** How long an end waits for a Redis that may be away. */
const PATIENCE_MS = 2000
/** Results stay for a search that is started again: for a day, and so many that they fill some 300 MB (2.6 kB each). */
const KEPT = { age: 24 * 3600, count: 100_000 }

export interface RedisExecutorOptions {
  /** Told at each sweep, with how many workers there are on the queue. */
  onWorkers?: (count: number) => void
}

/**
 * Tasks by workers on any machines (worker.ts) that share a Redis. A job's id is the hash of what decides its result, so that a
 * task which two searches want, or a search wants again within a day, is run once.
 */
export class RedisExecutor implements Executor {
  readonly #redis: Redis
  readonly #queue: Queue<RunJob, Metrics>
  readonly #events: QueueEvents
  readonly #scenarios: { id: string; stored: StoredScenario }[]
  readonly #onWorkers: (count: number) => void
  #wanted: Wanted | null = null
  #running: Promise<unknown> = Promise.resolve()

  /** @throws UserError where no Redis answers. */
  static async connect(
    url: string,
    scenarios: readonly Scenario[],
    options: RedisExecutorOptions = {},
  ): Promise<RedisExecutor> {
    await assertRedis(url)
    const code = await codeHash()
    const executor = new RedisExecutor(
      url,
      scenarios.map((scenario) => storable(scenario, code)),
      options,
    )
    await executor.#events.waitUntilReady()
    return executor
  }

  private constructor(
    url: string,
    scenarios: { id: string; stored: StoredScenario }[],
    { onWorkers = () => {} }: RedisExecutorOptions,
  ) {
    const connection = connectionTo(url)
    this.#redis = new Redis(connection)
    this.#queue = new Queue(QUEUE, { connection, prefix: PREFIX })
    this.#events = new QueueEvents(QUEUE, { connection, prefix: PREFIX })
    // A break of the connection is waited out, and the next sweep asks for what was missed.
    this.#redis.on('error', () => {})
    this.#queue.on('error', () => {})
    this.#events.on('error', () => {})
    this.#scenarios = scenarios
    this.#onWorkers = onWorkers
    this.#events.on('completed', ({ jobId, returnvalue }) =>
      this.#wanted?.take(jobId, returnvalue as unknown as Metrics),
    )
    this.#events.on('failed', ({ jobId, failedReason }) => {
      if (this.#wanted?.has(jobId)) this.#wanted.fail(new UserError(failedReason))
    })
  }

  /** @throws UserError with a worker's reason where it could not make a run. */
  run(tasks: readonly Task[], onDone: () => void = () => {}): Promise<Metrics[]> {
    const running = this.#runAll(tasks, onDone)
    this.#running = running.catch(() => {})
    return running
  }

  async close(): Promise<void> {
    this.#wanted?.fail(new Error('the executor was closed while a run was under way'))
    await this.#running
    await Promise.all([this.#events.close(), this.#queue.close()])
    this.#redis.disconnect()
  }

  async #runAll(tasks: readonly Task[], onDone: () => void): Promise<Metrics[]> {
    const hashes = this.#scenarios.map(({ id }) => id)
    const ids = tasks.map((task) => taskHash(hashes, task))
    const wanted = new Wanted(new Map(ids.map((id, i) => [id, tasks[i]!])), onDone)
    this.#wanted = wanted
    const stop = every(SWEEP_MS, () => void this.#sweep(wanted).catch(wanted.fail))
    try {
      await Promise.race([this.#begin(wanted), wanted.complete])
      await wanted.complete
    } finally {
      stop()
      this.#wanted = null
      await this.#withdraw(wanted)
    }
    return ids.map((id) => wanted.results.get(id)!)
  }

  async #begin(wanted: Wanted): Promise<void> {
    await this.#add(wanted.open())
    await this.#sweep(wanted)
  }

  async #add(tasks: readonly (readonly [id: string, task: Task])[]): Promise<void> {
    for (const { id, stored } of this.#scenarios) await storeScenario(this.#redis, id, stored)
    await this.#queue.addBulk(
      tasks.map(([jobId, { scenario, parameters, seed }]) => ({
        name: 'run',
        data: { scenario: this.#scenarios[scenario]!.id, parameters, seed },
        opts: { jobId, removeOnComplete: KEPT, removeOnFail: true },
      })),
    )
  }

  /** Takes what is there, and adds again what a Redis that was started anew has forgotten. */
  async #sweep(wanted: Wanted): Promise<void> {
    const open = wanted.open()
    const jobs = await Promise.all(open.map(([id]) => this.#queue.getJob(id)))
    jobs.forEach((job, i) => {
      if (job?.finishedOn && job.returnvalue) wanted.take(open[i]![0], job.returnvalue)
    })
    const lost = open.filter(([id], i) => !jobs[i] && !wanted.results.has(id))
    if (lost.length > 0 && this.#wanted === wanted) await this.#add(lost)
    this.#onWorkers(await this.#queue.getWorkersCount())
  }

  /** What nobody waits for any longer is not begun; a run under way ends. A Redis that is away is not waited for. */
  async #withdraw(wanted: Wanted): Promise<void> {
    const removed = wanted.open().map(([id]) => this.#queue.remove(id))
    const left = new AbortController()
    await Promise.race([Promise.allSettled(removed), sleep(PATIENCE_MS, left.signal).catch(() => {})])
    left.abort()
  }
}

/** What `run` waits for: complete when every task has its metrics. */
class Wanted {
  readonly results = new Map<string, Metrics>()
  readonly complete: Promise<void>
  readonly fail: (error: Error) => void
  readonly #tasks: ReadonlyMap<string, Task>
  readonly #onDone: () => void
  readonly #resolve: () => void

  constructor(tasks: ReadonlyMap<string, Task>, onDone: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.complete = promise
    this.fail = reject
    this.#resolve = resolve
    this.#tasks = tasks
    this.#onDone = onDone
    if (tasks.size === 0) resolve()
  }

  open(): [id: string, task: Task][] {
    return [...this.#tasks].filter(([id]) => !this.results.has(id))
  }

  has(id: string): boolean {
    return this.#tasks.has(id)
  }

  /** The first result of a task counts. */
  take(id: string, metrics: Metrics): void {
    if (!this.#tasks.has(id) || this.results.has(id)) return
    this.results.set(id, metrics)
    this.#onDone()
    if (this.results.size === this.#tasks.size) this.#resolve()
  }
}
