import { replicasMsBetween } from '../../analysis/saturation.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { HostModel } from '../model.ts'
import { type CpuWindow, cpuWindowAround, hasRoomIn } from './cpuWindows.ts'
import { type Span, startSpans, stopSpans } from './startup.ts'

/**
 * CPU time of each start, ms: what the host used from the tick before it was asked for until the tick after it was ready,
 * without what others used. Starts that overlap are one episode and share it evenly; an episode in which a
 * replica stopped, that took all cores, or that has no readings, is left out.
 */
export const startCpuMs = (records: readonly RunRecord[], cpu: HostModel): number[] =>
  records.flatMap((record) => cpuOfEach(record, cpu, startSpans(record), stopSpans(record)))

/**
 * CPU time of each removal likewise, from its draining until it was gone; of runs without requests alone, since what a draining
 * replica still worked for its requests is not told from it.
 */
export const removalCpuMs = (records: readonly RunRecord[], cpu: HostModel): number[] =>
  records
    .filter(({ requests }) => requests.intendedMs.length === 0)
    .flatMap((record) => cpuOfEach(record, cpu, stopSpans(record), startSpans(record)))

function cpuOfEach(
  record: RunRecord,
  cpu: HostModel,
  spans: readonly Span[],
  disturbing: readonly Span[],
): number[] {
  return episodesOf(spans).flatMap((episode) => {
    const window = cpuWindowAround(record, episode)
    if (!window || !hasRoomIn(window, cpu.cores) || disturbing.some((span) => overlaps(span, window)))
      return []
    const workMs = Math.max(0, window.hostMs - othersMs(record, window, cpu)) / episode.count
    return new Array<number>(episode.count).fill(workMs)
  })
}

const overlaps = (span: Span, window: Span) => span.fromMs < window.toMs && span.toMs > window.fromMs

/** CPU time of requests, proxy and generator in a window, ms. */
function othersMs(record: RunRecord, window: CpuWindow, cpu: HostModel): number {
  const { fromMs, toMs } = window
  const { sentMs } = record.requests
  const sent = sentMs.reduce((sum, atMs) => sum + (atMs >= fromMs && atMs < toMs ? 1 : 0), 0)
  return cpu.othersCores * (toMs - fromMs) + sent * cpu.othersMsPerRequest + stayedMs(record, window)
}

/** CPU time of the replicas that were there at both ends of a span. */
function stayedMs({ ticks }: RunRecord, { fromMs, toMs }: Span): number {
  const at = (atMs: number) =>
    ticks.find(({ observation }) => observation.nowMs === atMs)?.cpu ?? { replicasMs: {} }
  return replicasMsBetween(at(fromMs), at(toMs))
}

interface Episode extends Span {
  count: number
}

function episodesOf(spans: readonly Span[]): Episode[] {
  const episodes: Episode[] = []
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = episodes.at(-1)
    if (last && fromMs <= last.toMs) {
      last.toMs = Math.max(last.toMs, toMs)
      last.count++
    } else episodes.push({ fromMs, toMs, count: 1 })
  }
  return episodes
}
