import { Calendar, EVENT } from './calendar.ts'
import type { Clients } from './clients.ts'
import type { Fleet } from './fleet.ts'
import type { HealthChecks } from './healthChecks.ts'
import type { Host } from './host.ts'
import type { SimulatedProxy } from './proxy.ts'
import type { Requests } from './requests.ts'
import type { Users } from './users.ts'

/** Arrivals of an open loop, one at a time (traces/arrivalStream.ts); Infinity when there is none left. */
export interface ArrivalSource {
  atMs: number
  classIndex: number
  advance(): void
}

/** The control loop's clock: the next tick, Infinity after the last. */
export interface TickSource {
  nextMs: number
  tick(): void
}

/** All that moves in one run. */
export interface Engine {
  calendar: Calendar
  requests: Requests
  clients: Clients
  proxy: SimulatedProxy
  fleet: Fleet
  host: Host | null
  checks: HealthChecks | null
  users: Users | null
  arrivals: ArrivalSource
  ticks: TickSource
}

const SOURCE = { host: 0, calendar: 1, arrival: 2, impatience: 3, queueTimeout: 4, tick: 5 } as const
const NEVER = Number.POSITIVE_INFINITY
/** A request of an open loop has no user. */
const NOBODY = 0

/**
 * Runs until nothing is left to wait for. What comes most often has a source of its own beside the calendar:
 * each knows the time of its next event without a search. They are asked in the order of RANK, and a later
 * one is taken only where it is strictly earlier, so that equal times go by rank.
 */
export function runEngine(engine: Engine): void {
  const { calendar, clients, proxy, host, arrivals, ticks } = engine
  for (;;) {
    let source: number = SOURCE.host
    let nextMs = host === null ? NEVER : host.nextMs
    const entryMs = calendar.nextMs()
    if (entryMs < nextMs) {
      nextMs = entryMs
      source = SOURCE.calendar
    }
    if (arrivals.atMs < nextMs) {
      nextMs = arrivals.atMs
      source = SOURCE.arrival
    }
    const impatienceMs = clients.nextTimeoutMs()
    if (impatienceMs < nextMs) {
      nextMs = impatienceMs
      source = SOURCE.impatience
    }
    const queueTimeoutMs = proxy.nextTimeoutMs()
    if (queueTimeoutMs < nextMs) {
      nextMs = queueTimeoutMs
      source = SOURCE.queueTimeout
    }
    if (ticks.nextMs < nextMs) {
      nextMs = ticks.nextMs
      source = SOURCE.tick
    }
    if (nextMs === NEVER || isOver(engine)) return
    calendar.nowMs = nextMs
    switch (source) {
      case SOURCE.host:
        hostEvent(engine)
        break
      case SOURCE.calendar:
        calendarEvent(engine)
        break
      case SOURCE.arrival: {
        const { classIndex } = arrivals
        arrivals.advance()
        clients.send(classIndex, NOBODY)
        break
      }
      case SOURCE.impatience:
        proxy.abandon(clients.impatient)
        break
      case SOURCE.queueTimeout:
        proxy.expire()
        break
      default:
        ticks.tick()
    }
  }
}

/** Only what goes on for ever is left: health checks, crashes to come. */
function isOver({ calendar, requests, arrivals, ticks, host }: Engine): boolean {
  return (
    calendar.foreground === 0 &&
    requests.live === 0 &&
    arrivals.atMs === NEVER &&
    ticks.nextMs === NEVER &&
    (host === null || host.nextMs === NEVER)
  )
}

function hostEvent({ host, calendar, fleet }: Engine): void {
  const slot = host!.complete(calendar.nowMs)
  if (slot >= 0) fleet.finished(slot)
}

function calendarEvent({ calendar, fleet, proxy, clients, users, checks }: Engine): void {
  const event = calendar.take()
  const subject = Calendar.subjectOf(event)
  switch (Calendar.kindOf(event)) {
    case EVENT.served:
      return fleet.held(subject)
    case EVENT.connectFailed:
      return proxy.connectFailed(subject)
    case EVENT.resend:
      return clients.resend(subject)
    case EVENT.userSends:
      return users!.sends(subject)
    case EVENT.later:
    case EVENT.background:
      return calendar.call(subject)
    case EVENT.check:
      return checks!.due(subject)
    case EVENT.checkTimeout:
      return checks!.timedOut(subject)
  }
}
