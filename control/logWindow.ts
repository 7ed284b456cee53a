import type { ResponseTimes } from '../policies/policy.ts'
import type { ProxyLog } from './signals.ts'
import { sortedCopy } from './sortedCopy.ts'
import { firstAbove, quantilesOfRuns } from './sortedRuns.ts'

/** The rows of one reading's log from `from` on, with what was computed from them once. Times in ms. */
export interface LogBatch {
  readonly log: ProxyLog
  readonly from: number
  readonly sums: LogSums
  /** When the first of its served requests began at its server; Infinity where none was served. */
  readonly earliestStartMs: number
  /** Its total times, ascending; null until someone asks for a percentile. */
  sortedMs: Float64Array | null
}

export interface LogSums {
  count: number
  /** Ended with 5xx or without an answer. */
  errors: number
  /** Ended with 429. */
  rejections: number
  /** Sum of totalMs. */
  totalMs: number
  /** Requests that a server answered, other than with 429, and the sum of their times at it. */
  served: number
  servedMs: number
  /** Sum of the times at a server, 429 included. */
  busyMs: number
}

/**
 * The requests that ended within the window, a batch for each reading that brought some, oldest first. A
 * batch is summed when it arrives and once more when the window's edge passes through it, so that a tick costs
 * its new rows and one step a batch, however many rows the window holds.
 */
export type LogWindow = readonly LogBatch[]

/** The window that goes from `fromMs` (outside) to the newest row: adds a reading, forgets what is older. */
export function moveWindow(window: LogWindow, log: ProxyLog, fromMs: number): LogWindow {
  const moved: LogBatch[] = []
  for (const batch of window) {
    const from = firstInside(batch.log, batch.from, fromMs)
    if (from === batch.from) moved.push(batch)
    else if (from < batch.log.count) moved.push(batchOf(batch.log, from))
  }
  const from = firstInside(log, 0, fromMs)
  if (from < log.count) moved.push(batchOf(log, from))
  return moved
}

function firstInside({ endedMs, count }: ProxyLog, from: number, fromMs: number): number {
  return from === count || endedMs[from]! > fromMs ? from : firstAbove(endedMs, fromMs, from, count)
}

function batchOf(log: ProxyLog, from: number): LogBatch {
  const { count, endedMs, responseMs, totalMs, status } = log
  const sums = { ...NO_SUMS, count: count - from }
  let earliestStartMs = Number.POSITIVE_INFINITY
  for (let i = from; i < count; i++) {
    const code = status[i]!
    if (code >= 500 || code < 200) sums.errors++
    if (code === 429) sums.rejections++
    sums.totalMs += totalMs[i]!
    if (!(responseMs[i]! >= 0)) continue
    const atServerMs = timeAtServerMs(log, i)
    sums.busyMs += atServerMs
    if (endedMs[i]! - atServerMs < earliestStartMs) earliestStartMs = endedMs[i]! - atServerMs
    if (code === 429) continue
    sums.served++
    sums.servedMs += atServerMs
  }
  return { log, from, sums, earliestStartMs, sortedMs: null }
}

const NO_SUMS: LogSums = {
  count: 0,
  errors: 0,
  rejections: 0,
  totalMs: 0,
  served: 0,
  servedMs: 0,
  busyMs: 0,
}

/** All of Ta that was not spent in a queue. */
function timeAtServerMs({ totalMs, queueMs }: ProxyLog, row: number): number {
  const queuedMs = queueMs[row]!
  return totalMs[row]! - (queuedMs > 0 ? queuedMs : 0)
}

export function sumsOf(window: LogWindow): LogSums {
  const all = { ...NO_SUMS }
  for (const { sums } of window) {
    all.count += sums.count
    all.errors += sums.errors
    all.rejections += sums.rejections
    all.totalMs += sums.totalMs
    all.served += sums.served
    all.servedMs += sums.servedMs
    all.busyMs += sums.busyMs
  }
  return all
}

/** Time that servers were busy from `fromMs` on: of a request that began before it, the part after it. */
export function busyMsSince(window: LogWindow, fromMs: number): number {
  let busyMs = 0
  for (const batch of window)
    busyMs += batch.earliestStartMs >= fromMs ? batch.sums.busyMs : clippedMs(batch, fromMs)
  return busyMs
}

function clippedMs({ log, from }: LogBatch, fromMs: number): number {
  const { count, endedMs, responseMs } = log
  let busyMs = 0
  for (let i = from; i < count; i++) {
    if (!(responseMs[i]! >= 0)) continue
    busyMs += Math.min(timeAtServerMs(log, i), endedMs[i]! - fromMs)
  }
  return busyMs
}

/** Over the whole window; null where nothing ended in it. Sorts each batch that was never sorted. */
export function responseTimesOf(window: LogWindow): ResponseTimes | null {
  const { count, totalMs } = sumsOf(window)
  if (count === 0) return null
  const [p50, p95, p99] = quantilesOfRuns(window.map(sortedMsOf), [0.5, 0.95, 0.99])
  return { count, mean: totalMs / count, p50: p50!, p95: p95!, p99: p99! }
}

function sortedMsOf(batch: LogBatch): Float64Array {
  const { log, from, sums } = batch
  batch.sortedMs ??= sortedCopy(from === 0 ? log.totalMs : log.totalMs.subarray(from), sums.count)
  return batch.sortedMs
}
