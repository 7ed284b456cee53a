import { quantileSorted } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'

/** One step of a staircase: a time at one rate. */
export interface Step {
  fromMs: number
  toMs: number
  /** Requests intended in the step, per second. */
  offeredPerS: number
  /** Requests that were answered during the step, whenever intended, per second. */
  completedPerS: number
  /** Response time of the requests intended in the step; null where none was answered. */
  p50Ms: number | null
  p95Ms: number | null
  /** Share of the step's requests that were not answered well. */
  errorsShare: number
}

/** The steps of a record whose trace is a staircase (pairs of points at one rate). */
export function stepsOf(record: RunRecord): Step[] {
  const { load } = record.run.trace
  if (load.kind !== 'rate') return []
  return load.points.flatMap((point, i) => {
    const next = load.points[i + 1]
    return next && next.ratePerS === point.ratePerS && next.atMs > point.atMs
      ? [stepOf(record, point.atMs, next.atMs)]
      : []
  })
}

function stepOf({ requests }: RunRecord, fromMs: number, toMs: number): Step {
  const indices = Array.from(requests.intendedMs, (_, i) => i)
  const intended = indices.filter((i) => requests.intendedMs[i]! >= fromMs && requests.intendedMs[i]! < toMs)
  const ok = intended.filter((i) => requests.outcome[i] === 'ok')
  const times = ok.map((i) => responseMs(requests, i)).sort((a, b) => a - b)
  const completed = indices.filter(
    (i) => requests.outcome[i] === 'ok' && requests.doneMs[i]! >= fromMs && requests.doneMs[i]! < toMs,
  )
  const perS = (count: number) => (count / (toMs - fromMs)) * 1000
  return {
    fromMs,
    toMs,
    offeredPerS: perS(intended.length),
    completedPerS: perS(completed.length),
    p50Ms: times.length === 0 ? null : quantileSorted(times, 0.5),
    p95Ms: times.length === 0 ? null : quantileSorted(times, 0.95),
    errorsShare: intended.length === 0 ? 0 : 1 - ok.length / intended.length,
  }
}

/**
 * Throughput of a fleet that never idled: answers per second between the first and the last moment at which
 * requests waited. Null where fewer than two answers fell in between.
 */
export function saturatedThroughputPerS({ requests }: RunRecord): number | null {
  const waited = Array.from(requests.intendedMs, (_, i) => i).filter(
    (i) => requests.outcome[i] === 'ok' && requests.queueWaitMs[i]! > 0,
  )
  const done = waited.map((i) => requests.doneMs[i]!).sort((a, b) => a - b)
  const spanMs = done.at(-1)! - done[0]!
  return done.length < 2 || !(spanMs > 0) ? null : ((done.length - 1) / spanMs) * 1000
}
