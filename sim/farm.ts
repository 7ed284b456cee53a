import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Metrics } from '../analysis/metrics.ts'
import { sleep } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import type { Executor, Scenario, Task } from './tune/task.ts'

/** Tasks for whoever is free: `counter[0]` is the position of the next one. */
export interface Batch {
  tasks: readonly Task[]
  counter: Int32Array<SharedArrayBuffer>
}

/** What a worker is told. */
export type Order = Batch | 'leave'

/** What a worker says: the metrics of one run, that there is no further one, or what was wrong with the input. */
export type Answer = { index: number; metrics: Metrics } | { idle: true } | { refused: string }

const PATIENCE_MS = 2000

/**
 * Worker threads that stay while runs are wanted. Each run depends on its task alone and its metrics go to
 * its own place, so the result does not depend on how many workers there are or who ran what.
 */
export class Farm implements Executor {
  readonly #workers: Worker[]
  /** By worker: fulfilled when it has ended. */
  readonly #ends: Promise<unknown>[]
  #batch: Batch | null = null

  /** @param workers how many threads; at most as many as the machine has cores to give makes sense. */
  constructor(scenarios: readonly Scenario[], workers = availableParallelism()) {
    this.#workers = Array.from(
      { length: workers },
      () => new Worker(new URL('./farmWorker.ts', import.meta.url), { workerData: scenarios }),
    )
    this.#ends = this.#workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
  }

  /** Metrics in the order of the tasks. @throws what a run throws: then the farm must be closed. */
  async run(tasks: readonly Task[], onDone: () => void = () => {}): Promise<Metrics[]> {
    const results: Metrics[] = new Array(tasks.length)
    const batch: Batch = { tasks, counter: new Int32Array(new SharedArrayBuffer(4)) }
    this.#batch = batch
    await Promise.all(
      this.#workers.map((worker) =>
        untilIdle(worker, batch, (index, metrics) => {
          results[index] = metrics
          onDone()
        }),
      ),
    )
    return results
  }

  /**
   * Asks the workers to leave after the run they are at, and ends those that do not within two seconds. (Ending a
   * thread from outside while it loads its modules can bring the whole process down.)
   */
  async close(): Promise<void> {
    if (this.#batch) Atomics.store(this.#batch.counter, 0, this.#batch.tasks.length)
    for (const worker of this.#workers) worker.postMessage('leave' satisfies Order)
    const left = new AbortController()
    const late = sleep(PATIENCE_MS, left.signal).then(
      () => Promise.all(this.#workers.map((worker) => worker.terminate())),
      () => [],
    )
    await Promise.all(this.#ends)
    left.abort()
    await late
  }
}

function untilIdle(
  worker: Worker,
  batch: Batch,
  onResult: (index: number, metrics: Metrics) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onMessage)
      worker.off('error', onError)
      worker.off('exit', onExit)
      act()
    }
    const onMessage = (answer: Answer) => {
      if ('idle' in answer) settle(resolve)
      else if ('refused' in answer) settle(() => reject(new UserError(answer.refused)))
      else onResult(answer.index, answer.metrics)
    }
    const onError = (error: Error) => settle(() => reject(error))
    const onExit = (code: number) => settle(() => reject(new Error(`a worker ended with code ${code}`)))
    worker.on('message', onMessage)
    worker.on('error', onError)
    worker.on('exit', onExit)
    worker.postMessage(batch)
  })
}
