import type { Metrics } from '../../analysis/metrics.ts'
import { monotonicMs, sleep } from '../../base/clock.ts'
import type { Executor, Task } from './task.ts'

const FIRST_BATCH = 16
/** However long a run takes: fewer at once would leave threads idle. */
const LEAST_BATCH = 4
/** A batch should take about this long: so long a stop has to wait. */
const BATCH_MS = 500

/**
 * An executor that can be stopped: it hands on its tasks in batches of about half a second, with a turn of the event loop
 * between them (in which Ctrl-C is heard even where the runs are made in this thread). What was handed on is finished, and
 * a journal inside has it. The results do not depend on the batches.
 */
export class Stoppable implements Executor {
  readonly #inner: Executor
  readonly #signal: AbortSignal
  #batch = FIRST_BATCH

  constructor(inner: Executor, signal: AbortSignal) {
    this.#inner = inner
    this.#signal = signal
  }

  /** @throws the signal's reason, when it has been aborted. */
  async run(tasks: readonly Task[]): Promise<Metrics[]> {
    const metrics: Metrics[] = []
    while (metrics.length < tasks.length) {
      await sleep(0, this.#signal)
      const beganMs = monotonicMs()
      const batch = tasks.slice(metrics.length, metrics.length + this.#batch)
      metrics.push(...(await this.#inner.run(batch)))
      const tookMs = monotonicMs() - beganMs
      if (tookMs > BATCH_MS) this.#batch = Math.max(LEAST_BATCH, this.#batch >> 1)
      else if (batch.length === this.#batch && tookMs < BATCH_MS / 4) this.#batch *= 2
    }
    return metrics
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}
