import type { ReplicaStatus } from './signals.ts'

/** What must be done so that the fleet becomes the target. */
export interface Steps {
  /** How many new replicas to start. */
  start: number
  /** Replicas still starting that are no longer wanted, newest first. */
  cancel: string[]
  /** Ready replicas to drain, newest first. */
  drain: string[]
}

/**
 * From what is there to what was asked for. Ready and starting replicas count, draining and failed ones
 * do not. Scaling in takes those that are still starting first (they serve nobody yet), then the newest
 * ready ones: the oldest, best known ones stay. Pure, so that both plants choose alike.
 */
export function reconcile(replicas: readonly ReplicaStatus[], target: number): Steps {
  const newestFirst = (state: ReplicaStatus['state']) =>
    replicas
      .filter((replica) => replica.state === state)
      .sort((a, b) => b.sinceMs - a.sinceMs || byNumber(b.name, a.name))
      .map((replica) => replica.name)
  const starting = newestFirst('starting')
  const ready = newestFirst('ready')
  const active = starting.length + ready.length
  if (active <= target) return { start: target - active, cancel: [], drain: [] }
  const surplus = active - target
  const cancel = starting.slice(0, surplus)
  return { start: 0, cancel, drain: ready.slice(0, surplus - cancel.length) }
}

/** w9 before w10. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}
