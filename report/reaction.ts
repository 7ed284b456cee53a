import { costingReplicas, highest } from '../analysis/replicas.ts'
import type { ReplicaEvent, RunRecord, TraceInRecord } from '../record/schema.ts'

/** When the load changes most, ms: the beginning of the steepest rise and of the steepest fall. Null where it has none. */
export interface Turns {
  riseMs: number | null
  fallMs: number | null
}

/**
 * Of a trace that gives rates; between two points the rate is linear, two points at one time are a jump. Of equally steep pieces the first.
 * Traces of counts, of single arrivals and of users have no such pieces.
 */
export function turnsOf({ load }: TraceInRecord): Turns {
  if (load.kind !== 'rate') return { riseMs: null, fallMs: null }
  const pieces = load.points.slice(1).map((point, i) => {
    const from = load.points[i]!
    const change = point.ratePerS - from.ratePerS
    const ms = point.atMs - from.atMs
    return {
      atMs: from.atMs,
      slope: ms > 0 ? change / ms : change === 0 ? 0 : Math.sign(change) * Infinity,
      change,
    }
  })
  return { riseMs: steepest(pieces, 1), fallMs: steepest(pieces, -1) }
}

function steepest(
  pieces: readonly { atMs: number; slope: number; change: number }[],
  sign: 1 | -1,
): number | null {
  const steep = pieces.filter(({ change }) => change * sign > 0)
  const best = steep.toSorted((a, b) => sign * (b.slope - a.slope) || sign * (b.change - a.change))[0]
  return best?.atMs ?? null
}

/** How a run's fleet answered the load, ms after the turn; null where it did not. */
export interface Reaction {
  /** From the rise until the first replica was asked for, and until the first of those asked for since was ready. */
  firstStartMs: number | null
  firstReadyMs: number | null
  /** Most replicas that there were, and when since the rise. */
  most: number
  mostAfterMs: number | null
  /** From the fall until the first replica went out of rotation, and until the fleet last changed. */
  firstStopMs: number | null
  settledMs: number | null
}

export function reactionOf({ run, replicas }: RunRecord): Reaction {
  const { riseMs, fallMs } = turnsOf(run.trace)
  const within = replicas.filter(({ atMs }) => atMs > 0 && atMs <= run.trace.durationMs)
  const since = (turnMs: number | null, state: ReplicaEvent['state']) =>
    turnMs === null ? [] : within.filter((event) => event.state === state && event.atMs >= turnMs)
  const after = (turnMs: number | null, event: ReplicaEvent | undefined) =>
    turnMs === null || !event ? null : event.atMs - turnMs
  const started = since(riseMs, 'starting')
  const names = new Set(started.map(({ replica }) => replica))
  const fleet = costingReplicas(replicas)
  const most = highest(fleet, run.trace.durationMs)
  const mostAt = fleet.atMs[fleet.values.indexOf(most)]!
  const last = fallMs === null ? undefined : within.findLast(({ atMs }) => atMs >= fallMs)
  return {
    firstStartMs: after(riseMs, started[0]),
    firstReadyMs: after(
      riseMs,
      since(riseMs, 'ready').find(({ replica }) => names.has(replica)),
    ),
    most,
    mostAfterMs: riseMs === null || mostAt < riseMs ? null : mostAt - riseMs,
    firstStopMs: after(fallMs, since(fallMs, 'draining')[0]),
    settledMs: after(fallMs, last),
  }
}
