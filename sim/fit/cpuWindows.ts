import type { CpuReading, ReplicaEvent, RunRecord, TickRow } from '../../record/schema.ts'

/** What used the host's cores between two ticks. CPU times in ms. */
export interface CpuWindow {
  fromMs: number
  toMs: number
  hostMs: number
  /** Of the proxy and of the process that generates the load and controls. */
  ownMs: number
  /** Of replicas that were there at both ends, and of those that came in between since their own start. */
  replicasMs: number
  /** Replicas that were there at both ends. */
  replicas: number
  /** Whether a replica came or went meanwhile: making and removing containers takes CPU that belongs to no request. */
  moving: boolean
}

type Reading = CpuReading & { atMs: number }

/** Shorter spans are joined: the kernel counts in 10 ms. */
const SHORTEST_MS = 2000

const readingsOf = (ticks: readonly TickRow[]): Reading[] =>
  ticks.flatMap(({ observation, cpu }) => (cpu ? [{ ...cpu, atMs: observation.nowMs }] : []))

/** Spans of 2 s or more from tick to tick; none where the record has no CPU readings. */
export function cpuWindows({ ticks, replicas }: Pick<RunRecord, 'ticks' | 'replicas'>): CpuWindow[] {
  const moves = movesOf(replicas)
  const windows: CpuWindow[] = []
  let from: Reading | null = null
  for (const to of readingsOf(ticks)) {
    if (from !== null && to.atMs - from.atMs < SHORTEST_MS) continue
    if (from !== null) windows.push(windowBetween(from, to, moves))
    from = to
  }
  return windows
}

/** The window from the last reading before `fromMs` to the first one after `toMs`; null where one of them is missing. */
export function cpuWindowAround(
  { ticks, replicas }: Pick<RunRecord, 'ticks' | 'replicas'>,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): CpuWindow | null {
  const readings = readingsOf(ticks)
  const first = readings.findLast(({ atMs }) => atMs <= fromMs)
  const last = readings.find(({ atMs }) => atMs >= toMs)
  return first && last ? windowBetween(first, last, movesOf(replicas)) : null
}

function windowBetween(from: Reading, to: Reading, moves: readonly Span[]): CpuWindow {
  const names = Object.keys(to.replicasMs)
  const isOld = (name: string) => from.replicasMs[name] !== undefined
  const replicasMs = names.reduce(
    (sum, name) => sum + to.replicasMs[name]! - (isOld(name) ? from.replicasMs[name]! : 0),
    0,
  )
  const stayed = names.filter(isOld).length
  return {
    fromMs: from.atMs,
    toMs: to.atMs,
    hostMs: to.hostMs - from.hostMs,
    ownMs: to.proxyMs - from.proxyMs + to.controllerMs - from.controllerMs,
    replicasMs,
    replicas: stayed,
    moving:
      stayed < names.length ||
      stayed < Object.keys(from.replicasMs).length ||
      moves.some(({ fromMs, toMs }) => fromMs < to.atMs && toMs > from.atMs),
  }
}

interface Span {
  fromMs: number
  toMs: number
}

/** From asking for a replica until it is ready, and from its draining until it is gone. */
function movesOf(events: readonly ReplicaEvent[]): Span[] {
  const begun = new Map<string, number>()
  const spans: Span[] = []
  for (const { replica, state, atMs } of events) {
    const fromMs = begun.get(replica)
    if (fromMs !== undefined) spans.push({ fromMs, toMs: atMs })
    begun.delete(replica)
    if (state === 'starting' || state === 'draining') begun.set(replica, atMs)
  }
  for (const fromMs of begun.values()) spans.push({ fromMs, toMs: Number.POSITIVE_INFINITY })
  return spans
}

/** Above this share of the host's cores what somebody uses is what is left to him, not what he needs. */
const FULL_SHARE = 0.95

export const hasRoomIn = ({ hostMs, fromMs, toMs }: CpuWindow, cores: number): boolean =>
  hostMs < FULL_SHARE * cores * (toMs - fromMs)

/** Share of the host's cores in use above which a thread may have waited for one. */
const CALM_SHARE = 0.7

/**
 * Whether the host's cores were free enough between two times for a measured time to be free of waits for a core.
 * True where nothing is known: a record without readings, or without the number of cores.
 */
export function calmness(record: RunRecord): (fromMs: number, toMs: number) => boolean {
  const cores = coresOf(record)
  if (cores === null) return () => true
  const readings = [{ atMs: 0, hostMs: 0 }, ...readingsOf(record.ticks)]
  const last = readings.length - 1
  const busy = readings.slice(1).flatMap((to, i) => {
    const from = readings[i]!
    const share = (to.hostMs - from.hostMs) / ((to.atMs - from.atMs) * cores)
    // Requests that end after the last tick are judged by it.
    const toMs = i + 1 === last ? Number.POSITIVE_INFINITY : to.atMs
    return share > CALM_SHARE ? [{ fromMs: from.atMs, toMs }] : []
  })
  return (fromMs, toMs) => {
    let low = 0
    let high = busy.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (busy[middle]!.toMs < fromMs) low = middle + 1
      else high = middle
    }
    return low === busy.length || busy[low]!.fromMs > toMs
  }
}

/** Cores of the machine; null where the header does not say. */
export function coresOf({ run }: Pick<RunRecord, 'run'>): number | null {
  const cores = Number(run.host?.cores)
  return cores > 0 ? cores : null
}
