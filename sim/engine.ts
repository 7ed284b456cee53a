import { type Calendar, EVENT } from './calendar.ts'
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

/** What is broken on purpose and not yet whole again (sim/faults.ts). */
export interface Breakage {
  readonly underWay: number
  /** Makes all of it whole now. */
  mendAll(): void
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
  /** Null in a run without faults. */
  faults: Breakage | null
}

/**
 * Runs until nothing is left to wait for; a fault that would outlast that ends there. What comes most often has a source of its own beside the calendar:
 * each knows the time of its next event without a search. They are asked in the order of RANK, and a later
 * one is taken only where it is strictly earlier, so that equal times go by rank:
 *
 *     0 the host   1 the calendar   2 the trace   3 clients who give up   4 the proxy's queue   5 the tick
 */
export function runEngine(engine: Engine): void {
  const { calendar, clients, proxy, host, arrivals, ticks } = engine
  for (;;) {
    let source = 0
    let nextMs = host === null ? Infinity : host.nextMs
    const entryMs = calendar.nextMs()
    if (entryMs < nextMs) {
      nextMs = entryMs
      source = 1
    }
    if (arrivals.atMs < nextMs) {
      nextMs = arrivals.atMs
      source = 2
    }
    const impatienceMs = clients.nextTimeoutMs()
    if (impatienceMs < nextMs) {
      nextMs = impatienceMs
      source = 3
    }
    const queueTimeoutMs = proxy.nextTimeoutMs()
    if (queueTimeoutMs < nextMs) {
      nextMs = queueTimeoutMs
      source = 4
    }
    if (ticks.nextMs < nextMs) {
      nextMs = ticks.nextMs
      source = 5
    }
    if (nextMs === Infinity || (calendar.foreground === 0 && isOver(engine))) {
      if (engine.faults === null || engine.faults.underWay === 0) return
      engine.faults.mendAll()
      continue
    }
    calendar.nowMs = nextMs
    if (source === 1) calendarEvent(engine, calendar.take())
    else if (source === 2) {
      const { classIndex } = arrivals
      arrivals.advance()
      clients.send(classIndex, 0)
    } else if (source === 0) hostEvent(engine)
    else if (source === 3) proxy.abandon(clients.impatient)
    else if (source === 4) proxy.expire()
    else ticks.tick()
  }
}

/** Beside the calendar's foreground: only what goes on for ever is left, health checks and crashes to come. */
function isOver(engine: Engine): boolean {
  const { requests, arrivals, ticks, host } = engine
  return (
    arrivals.atMs === Infinity &&
    ticks.nextMs === Infinity &&
    (host === null || host.nextMs === Infinity) &&
    (requests.live === 0 || isForsaken(engine))
  )
}

/** Requests are left, at servers that stand still, and no client waits for one any more. */
function isForsaken({ clients, faults }: Engine): boolean {
  return faults !== null && faults.underWay > 0 && clients.nextTimeoutMs() === Infinity
}

function hostEvent({ host, calendar, fleet }: Engine): void {
  const slot = host!.complete(calendar.nowMs)
  if (slot >= 0) fleet.finished(slot)
}

function calendarEvent(engine: Engine, event: number): void {
  const kind = event & 15
  if (kind === 1) engine.fleet.held(event >> 4)
  else rareEvent(engine, kind, event >> 4)
}

function rareEvent({ calendar, proxy, clients, users, checks }: Engine, kind: number, subject: number): void {
  switch (kind) {
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
