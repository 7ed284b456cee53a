import type { ReplicaStatus } from '../control/signals.ts'
import { type Calendar, RANK } from './calendar.ts'
import type { ContainerEngine } from './containerEngine.ts'
import type { Host } from './host.ts'

/** A replica as the simulated plant keeps it. */
export interface Replica extends ReplicaStatus {
  number: number
  /** Its index in the fleet once it is ready. */
  server: number
  /** The pending move: becoming ready, being given up, the drain limit, or being gone. */
  next: number | null
  /** The CPU work of its start or removal, while that goes on. */
  work: number | null
  /** Its start has failed: it ends as soon as its container is gone. */
  gaveUp: boolean
}

export interface WorkParts {
  calendar: Calendar
  host: Host | null
  containerEngine: ContainerEngine
}

/**
 * A start or a removal: `done` after so long, or later, since a part of that time is work on the shared cores, and
 * since the container engine may die under it.
 */
export function occupy(
  replica: Replica,
  { durationMs, cpuMs }: { durationMs: number; cpuMs: number },
  parts: WorkParts,
  done: () => void,
): void {
  const { calendar, host, containerEngine } = parts
  const beganMs = calendar.nowMs
  const end = () => {
    const lostMs = containerEngine.lostMsSince(beganMs)
    if (lostMs > 0) occupy(replica, { durationMs: lostMs, cpuMs: 0 }, parts, done)
    else done()
  }
  const waitMs = Math.max(0, durationMs - (host?.aloneMs(cpuMs) ?? 0))
  replica.next = calendar.later(beganMs + waitMs, RANK.replica, () => {
    if (host === null || cpuMs === 0) return end()
    replica.next = null
    replica.work = host.addWork(cpuMs, calendar.nowMs, () => {
      replica.work = null
      end()
    })
  })
}

/** Its pending move, and its work, do not come to their end. */
export function callOff(replica: Replica, { calendar, host }: WorkParts): void {
  if (replica.next !== null) calendar.cancel(replica.next)
  if (replica.work !== null) host!.removeWork(replica.work, calendar.nowMs)
  replica.work = null
}
