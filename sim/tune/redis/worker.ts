import { Worker } from 'bullmq'
import type { Metrics } from '../../../analysis/metrics.ts'
import { codeHash } from './codeHash.ts'
import { assertRedis, connectionTo, PREFIX, QUEUE } from './connection.ts'
import type { RunJob, ThreadSetup } from './job.ts'

/**
 * A job belongs to its worker for so long, renewed in time while it is at it: that of a worker which was killed goes to another
 * one after it. A worker that only seemed dead makes the run a second time, with the same result; the first counts.
 */
const LOCK_MS = 4000
const RENEW_MS = 1000
const STALLED_CHECK_MS = 2000
/** A run that brings down so many workers is not tried again. */
const MOST_STALLS = 3

export interface WorkerSetup {
  url: string
  /** Runs at once, each in a thread of its own. */
  concurrency: number
  onDone?: () => void
  /** A run that failed, or a break of the connection, which is waited out. */
  onError?: (error: Error) => void
}

export interface RunWorker {
  /** Ends after the runs under way. */
  close(): Promise<void>
}

/** Takes runs from the queue until it is closed. @throws UserError where no Redis answers. */
export async function startWorker(setup: WorkerSetup): Promise<RunWorker> {
  const { url, concurrency, onDone = () => {}, onError = () => {} } = setup
  await assertRedis(url)
  const workerData: ThreadSetup = { url, code: await codeHash() }
  const worker = new Worker<RunJob, Metrics>(QUEUE, new URL('./workerThread.ts', import.meta.url), {
    connection: connectionTo(url),
    prefix: PREFIX,
    concurrency,
    useWorkerThreads: true,
    workerThreadsOptions: { workerData },
    lockDuration: LOCK_MS,
    lockRenewTime: RENEW_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MOST_STALLS,
  })
  worker.on('completed', onDone)
  worker.on('failed', (_job, error) => onError(error))
  worker.on('error', onError)
  await worker.waitUntilReady()
  return { close: () => worker.close() }
}
