import type { RunRecord } from '../record/schema.ts'
import { integralS, replicasOverTime } from './replicas.ts'

/** Time that requests held a server over the time that servers were ready, 0 to about 1; null where none was ready. */
export function utilisationOf({ requests, replicas, run }: RunRecord): number | null {
  const readyS = integralS(replicasOverTime(replicas, ['ready']), run.trace.durationMs)
  if (!(readyS > 0)) return null
  let busyMs = 0
  for (const ms of requests.serviceMs) if (!Number.isNaN(ms)) busyMs += ms
  return busyMs / 1000 / readyS
}

/** Share of the requests with a known wait that had to wait in the proxy, and not just a timer's millisecond; null without any. */
export function queuedShareOf({ requests }: RunRecord): number | null {
  let known = 0
  let queued = 0
  for (const ms of requests.queueWaitMs) {
    if (Number.isNaN(ms)) continue
    known++
    if (ms > 1) queued++
  }
  return known === 0 ? null : queued / known
}
