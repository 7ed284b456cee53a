import type { Observation, ReplicaCounts } from '../policies/policy.ts'
import { busyMsSince, type LogWindow, moveWindow, responseTimesOf, sumsOf } from './logWindow.ts'
import { plausible } from './plausible.ts'
import type { RawSignals, ReplicaStatus } from './signals.ts'

/** What the observer remembers: only what the window still needs. Plain data, replaced at each tick. */
export interface ObserverState {
  /** Requests received in all, with counter resets undone, at each reading of the window and the one before it. */
  received: readonly { atMs: number; total: number }[]
  /** The proxy's own counter at its last good reading. */
  lastCounter: number | null
  /** Ready replicas from each reading on. */
  ready: readonly { atMs: number; replicas: number }[]
  log: LogWindow
  replicas: ReplicaCounts
  proxyAtMs: number | null
  replicasAtMs: number | null
}

export function startObserver(): ObserverState {
  return {
    received: [],
    lastCounter: null,
    ready: [],
    log: [],
    replicas: { ready: 0, starting: 0, draining: 0, standby: 0 },
    proxyAtMs: null,
    replicasAtMs: null,
  }
}

/**
 * One reading into one observation. Pure: both sides and every test call it with the same raw signals.
 * Rates and ages are by the time of the reading; the observation bears the tick's nominal time, k times
 * the interval. A policy that counts time (a cool-down of three ticks) then does the same on both sides: by
 * the reading's time, which on the real side is a fraction of a millisecond early or late, it would wait for a
 * fourth tick every other time.
 *
 * `observation.responseMs` is computed when it is first read (see `withResponseTimes`).
 */
export function observe(
  state: ObserverState,
  signals: RawSignals,
  options: { windowMs: number; target: number; tickMs: number },
): { state: ObserverState; observation: Observation } {
  const { windowMs, target, tickMs } = options
  const readMs = signals.atMs
  const proxy = plausible(signals.proxy, lastGood(state), readMs)
  const next = remember(state, { ...signals, proxy }, windowMs)
  const coveredMs = Math.min(windowMs, readMs)
  const ended = sumsOf(next.log)
  const perS = (count: number) => (proxy && coveredMs > 0 ? (count / coveredMs) * 1000 : null)
  const prompt: Omit<Observation, 'responseMs'> = {
    nowMs: tickMs,
    windowMs,
    arrivalsPerS: proxy ? arrivalRate(next.received) : null,
    completionsPerS: perS(ended.count),
    errorsPerS: perS(ended.errors),
    rejectionsPerS: perS(ended.rejections),
    inFlight: proxy?.inFlight ?? null,
    queued: proxy?.queued ?? null,
    serviceMsMean: proxy && ended.served > 0 ? ended.servedMs / ended.served : null,
    utilisation: proxy ? utilisation(next, readMs, coveredMs) : null,
    replicas: next.replicas,
    target,
    ageMs: {
      proxy: next.proxyAtMs === null ? null : readMs - next.proxyAtMs,
      replicas: next.replicasAtMs === null ? null : readMs - next.replicasAtMs,
    },
  }
  const observation = proxy ? withResponseTimes(prompt, next.log) : { ...prompt, responseMs: null }
  return { state: next, observation }
}

function remember(state: ObserverState, signals: RawSignals, windowMs: number): ObserverState {
  const { atMs, proxy, replicas, standby } = signals
  const fromMs = atMs - windowMs
  const counts = replicas ? countReplicas(replicas, standby) : state.replicas
  return {
    received: proxy
      ? trim([...state.received, receivedInAll(state, atMs, proxy.requestsTotal)], fromMs)
      : state.received,
    lastCounter: proxy ? proxy.requestsTotal : state.lastCounter,
    ready: trim([...state.ready, { atMs, replicas: counts.ready }], fromMs),
    log: moveWindow(state.log, signals.log, fromMs),
    replicas: counts,
    proxyAtMs: proxy ? atMs : state.proxyAtMs,
    replicasAtMs: replicas ? atMs : state.replicasAtMs,
  }
}

function lastGood({ proxyAtMs, lastCounter }: ObserverState): { atMs: number; counter: number } | null {
  return proxyAtMs === null || lastCounter === null ? null : { atMs: proxyAtMs, counter: lastCounter }
}

/** A counter that went down was reset: what it shows has come since then (as Prometheus' rate() takes it). */
function receivedInAll(state: ObserverState, atMs: number, counter: number): { atMs: number; total: number } {
  const before = state.received.at(-1)?.total ?? 0
  const last = state.lastCounter ?? counter
  return { atMs, total: before + (counter >= last ? counter - last : counter) }
}

/** Drops what is older than `fromMs`, but keeps the last one before it: the window starts within its span. */
function trim<T extends { atMs: number }>(rows: readonly T[], fromMs: number): readonly T[] {
  const firstInside = rows.findIndex((row) => row.atMs > fromMs)
  return firstInside <= 1 ? rows : rows.slice(firstInside - 1)
}

function countReplicas(replicas: readonly ReplicaStatus[], standby: number): ReplicaCounts {
  const counts = { ready: 0, starting: 0, draining: 0, standby }
  for (const { state } of replicas) if (state !== 'failed') counts[state]++
  return counts
}

/** From the oldest reading that the window keeps to the newest; null while there is only one. */
function arrivalRate(received: ObserverState['received']): number | null {
  const first = received[0]
  const last = received.at(-1)
  if (!first || !last || last.atMs <= first.atMs) return null
  return ((last.total - first.total) / (last.atMs - first.atMs)) * 1000
}

/**
 * Busy server time over ready server time within the window. Busy time comes from the log, so requests
 * still at a server are missing: low by about half a service time over the window.
 */
function utilisation(state: ObserverState, nowMs: number, coveredMs: number): number | null {
  const fromMs = nowMs - coveredMs
  const readyMs = readyServerMs(state.ready, fromMs, nowMs)
  if (readyMs <= 0) return null
  return busyMsSince(state.log, fromMs) / readyMs
}

function readyServerMs(ready: ObserverState['ready'], fromMs: number, nowMs: number): number {
  let sum = 0
  for (let i = 0; i < ready.length; i++) {
    const untilMs = ready[i + 1]?.atMs ?? nowMs
    sum += ready[i]!.replicas * Math.max(0, untilMs - Math.max(fromMs, ready[i]!.atMs))
  }
  return sum
}

/** What an observation's response times come from: the window until they are read, then they themselves. */
interface LazyTimes {
  window: LogWindow | null
  times: Observation['responseMs']
}

const LAZY_TIMES = Symbol('lazy response times')

/**
 * Gives the observation a `responseMs` that is worked out when it is first read and then kept: percentiles
 * need sorting, and most policies never look at them. It is an own enumerable accessor of an otherwise plain
 * object, so JSON, spreading, cloning and structural comparison see it like any other property. Until it is
 * read it holds on to the window's columns: whoever keeps many observations reads it, or keeps `{...copies}`.
 */
function withResponseTimes(prompt: Omit<Observation, 'responseMs'>, window: LogWindow): Observation {
  const lazy: LazyTimes = { window, times: null }
  Object.defineProperty(prompt, LAZY_TIMES, { value: lazy })
  return Object.defineProperty(prompt, 'responseMs', RESPONSE_MS) as Observation
}

/** One for all observations, and added last: a function each, or a key that is redefined, costs three times as much. */
const RESPONSE_MS = {
  enumerable: true,
  configurable: true,
  get(this: { [LAZY_TIMES]: LazyTimes }): Observation['responseMs'] {
    const lazy = this[LAZY_TIMES]
    if (lazy.window !== null) {
      lazy.times = responseTimesOf(lazy.window)
      lazy.window = null
    }
    return lazy.times
  },
}
