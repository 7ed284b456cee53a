import { mean } from 'simple-statistics'
import type { ReplicaEvent, RunRecord } from '../../record/schema.ts'
import type { Estimate } from '../model.ts'
import { bootstrap } from './bootstrap.ts'

/** Starts within this span of each other were asked for together. */
const TOGETHER_MS = 50

/** One observed start: how many other replicas were starting when it was asked for, and how long it took. */
export interface Start {
  others: number
  durationMs: number
}

/** Every start during the runs (those before time 0 were prepared, not timed). */
export function observedStarts(records: readonly RunRecord[]): Start[] {
  return records.flatMap(({ replicas }) => {
    const spans = startSpans(replicas)
    return spans.map(({ fromMs, toMs }, i) => ({
      durationMs: toMs - fromMs,
      others: spans.filter(
        (other, j) => j !== i && other.fromMs <= fromMs + TOGETHER_MS && other.toMs > fromMs,
      ).length,
    }))
  })
}

function startSpans(events: readonly ReplicaEvent[]): { fromMs: number; toMs: number }[] {
  const asked = new Map(
    events.filter(({ state }) => state === 'starting').map((event) => [event.replica, event.atMs]),
  )
  return events.flatMap(({ replica, state, atMs }) => {
    const fromMs = asked.get(replica) ?? 0
    return state === 'ready' && fromMs > 0 ? [{ fromMs, toMs: atMs }] : []
  })
}

/** Time from draining to gone of replicas in a run without requests: all of it is stopping. */
export function observedStops(records: readonly RunRecord[]): number[] {
  return records
    .filter(({ requests }) => requests.intendedMs.length === 0)
    .flatMap(({ replicas }) => {
      const began = new Map(
        replicas.filter(({ state }) => state === 'draining').map((event) => [event.replica, event.atMs]),
      )
      return replicas.flatMap(({ replica, state, atMs }) =>
        state === 'stopped' && began.has(replica) ? [atMs - began.get(replica)!] : [],
      )
    })
}

/**
 * Share by which each further simultaneous start lengthens a start: least squares through the origin of
 * d / mean(single) - 1 on the number of others. Interval by bootstrap over all starts; 0 without
 * simultaneous starts.
 */
export function slowdown(starts: readonly Start[]): Estimate {
  const single = starts.filter(({ others }) => others === 0)
  const together = starts.filter(({ others }) => others > 0)
  if (single.length === 0 || together.length === 0) return { estimate: 0, lo: 0, hi: 0 }
  const slope = (sample: readonly Start[]) => {
    const alone = sample.filter(({ others }) => others === 0)
    const several = sample.filter(({ others }) => others > 0)
    if (alone.length === 0 || several.length === 0) return null
    const base = mean(alone.map((start) => start.durationMs))
    const products = several.reduce(
      (sum, { others, durationMs }) => sum + others * (durationMs / base - 1),
      0,
    )
    return Math.max(0, products / several.reduce((sum, { others }) => sum + others ** 2, 0))
  }
  const indices = starts.map((_, i) => i)
  const estimates = bootstrap(
    indices,
    (drawn) => {
      const value = slope(drawn.map((i) => starts[i]!))
      return value === null ? null : { slope: value }
    },
    { resamples: 1000, seed: 3 },
  )
  return estimates.slope!
}
