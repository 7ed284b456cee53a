import { quantileSorted } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'
import { predictionInterval } from './interval.ts'
import { replicasOverTime, valueAt } from './replicas.ts'
import type { Sla } from './sla.ts'
import { violates } from './violations.ts'

/** The series of a timeline, each one value a bin. */
const SERIES = ['offeredPerS', 'replicas', 'queued', 'p95Ms', 'violationShare'] as const
export type SeriesName = (typeof SERIES)[number]

/** Bins [k binMs, (k + 1) binMs) over the trace; requests belong to the bin of their intended time. */
export interface Timeline {
  binMs: number
  /** Middle of each bin, ms. */
  atMs: number[]
  /** Intended arrivals per second. */
  offeredPerS: number[]
  /** Ready replicas at the bin's middle. */
  replicas: number[]
  /** Requests waiting in the proxy at the bin's middle. */
  queued: number[]
  /** 95th percentile (type 7) of response time; null where the bin had no answered request. */
  p95Ms: (number | null)[]
  /** Share of the bin's requests that violate the SLA; null where it had none. */
  violationShare: (number | null)[]
}

export function timelineOf(record: RunRecord, sla: Sla, binMs = 2000): Timeline {
  const bins = requestsByBin(record, binMs)
  const atMs = bins.map((_, k) => (k + 0.5) * binMs)
  const ready = replicasOverTime(record.replicas, ['ready'])
  return {
    binMs,
    atMs,
    offeredPerS: bins.map((indices) => (indices.length / binMs) * 1000),
    replicas: atMs.map((time) => valueAt(ready, time)),
    queued: queuedAt(record, atMs),
    p95Ms: bins.map((indices) => p95(record, indices)),
    violationShare: bins.map((indices) =>
      indices.length === 0
        ? null
        : indices.filter((i) => violates(record.requests, i, sla)).length / indices.length,
    ),
  }
}

function requestsByBin({ run, requests }: RunRecord, binMs: number): number[][] {
  const bins: number[][] = Array.from(
    { length: Math.max(1, Math.ceil(run.trace.durationMs / binMs)) },
    () => [],
  )
  requests.intendedMs.forEach((time, i) => {
    bins[Math.min(bins.length - 1, Math.floor(time / binMs))]!.push(i)
  })
  return bins
}

function p95({ requests }: RunRecord, indices: readonly number[]): number | null {
  const times = indices
    .filter((i) => requests.outcome[i] === 'ok')
    .map((i) => responseMs(requests, i))
    .sort((a, b) => a - b)
  return times.length === 0 ? null : quantileSorted(times, 0.95)
}

/** A request waits from when it was sent until its queue wait is over, or, never served, until it ended. */
function queuedAt({ requests }: RunRecord, times: readonly number[]): number[] {
  return times.map((time) => {
    let waiting = 0
    requests.sentMs.forEach((sent, i) => {
      const wait = requests.queueWaitMs[i]!
      const until = Number.isNaN(wait)
        ? requests.server[i] === ''
          ? requests.doneMs[i]!
          : sent
        : sent + wait
      if (sent <= time && time < until) waiting++
    })
    return waiting
  })
}

/** For each bin the interval that a further run falls into with 90 %; null where no run has a value. */
export interface Band {
  atMs: number[]
  mean: (number | null)[]
  lo: (number | null)[]
  hi: (number | null)[]
}

/** The band of one series over runs of the same trace. */
export function bandOf(timelines: readonly Timeline[], series: SeriesName): Band {
  const { atMs } = timelines[0]!
  const intervals = atMs.map((_, k) =>
    predictionInterval(
      timelines.map((timeline) => timeline[series][k] ?? null).filter((value) => value !== null),
    ),
  )
  return {
    atMs,
    mean: intervals.map((interval) => interval?.mean ?? null),
    lo: intervals.map((interval) => interval?.lo ?? null),
    hi: intervals.map((interval) => interval?.hi ?? null),
  }
}
