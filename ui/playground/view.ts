import { quantileSorted } from 'simple-statistics'
import type { Metrics } from '../../analysis/metrics.ts'
import { ANSWERED } from '../../analysis/outcomes.ts'
import { replicasOverTime, valueAt } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import { timelineOf } from '../../analysis/timeline.ts'
import { slaWindows, windowOf } from '../../analysis/violations.ts'
import type { RunRecord } from '../../record/schema.ts'
import { responseMs } from '../../record/table.ts'
import type { Point } from '../charts/panel.ts'
import type { View } from './protocol.ts'

const LEAST_BIN_MS = 2000
const MOST_BINS = 150
const DRAWN_STATES = ['ready', 'starting', 'draining'] as const

/** What of a record is drawn. */
export function viewOf(record: RunRecord, metrics: Metrics, sla: Sla): View {
  const { durationMs } = record.run.trace
  const binMs = Math.max(LEAST_BIN_MS, Math.ceil(durationMs / MOST_BINS / 1000) * 1000)
  const timeline = timelineOf(record, sla, binMs)
  const replicas = replicasByState(record)
  return {
    metrics,
    durationMs,
    load: pointsOf(timeline.atMs, timeline.offeredPerS),
    capacity: capacityOf(record, replicas.ready),
    replicas,
    windows: windowsOf(record, sla),
    queued: pointsOf(timeline.atMs, timeline.queued),
  }
}

const pointsOf = (atMs: readonly number[], values: readonly (number | null)[]): Point[] =>
  atMs.map((at, i) => ({ atMs: at, value: values[i]! }))

/** At every time at which one of them changes, and at the end. */
function replicasByState({ run, replicas }: RunRecord): View['replicas'] {
  const { durationMs } = run.trace
  const series = DRAWN_STATES.map((state) => replicasOverTime(replicas, [state]))
  const times = [...new Set(series.flatMap(({ atMs }) => atMs))]
    .filter((at) => at < durationMs)
    .sort((a, b) => a - b)
  const [ready, starting, draining] = series.map((one) =>
    pointsOf(
      [...times, durationMs],
      [...times, durationMs].map((at) => valueAt(one, at)),
    ),
  )
  return { ready: ready!, starting: starting!, draining: draining! }
}

/** Ready replicas over the mean time that a request holds one. */
function capacityOf({ run }: RunRecord, ready: readonly Point[]): Point[] {
  const { serviceMsMean } = run.control.knowledge
  if (serviceMsMean === null) return []
  return ready.map(({ atMs, value }) => ({ atMs, value: (1000 * value!) / serviceMsMean }))
}

function windowsOf({ run, requests }: RunRecord, sla: Sla): View['windows'] {
  const windows = slaWindows(requests, sla, run.trace.durationMs)
  const times: number[][] = windows.map(() => [])
  requests.outcome.forEach((outcome, i) => {
    if (ANSWERED[outcome])
      times[windowOf(requests.intendedMs[i]!, sla.windowMs, windows.length)]!.push(responseMs(requests, i))
  })
  return windows.map((window, k) => {
    const sorted = times[k]!.sort((a, b) => a - b)
    return { ...window, tookMs: sorted.length === 0 ? null : quantileSorted(sorted, sla.quantile) }
  })
}
