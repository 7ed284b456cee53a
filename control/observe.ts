import { quantileSorted } from 'simple-statistics'
import type { Observation, ReplicaCounts, ResponseTimes } from '../policies/policy.ts'
import type { ProxyLogEntry, RawSignals, ReplicaStatus } from './signals.ts'

/** What the observer remembers: only what the window still needs. Plain data, replaced at each tick. */
export interface ObserverState {
  /** Requests received in all, with counter resets undone, at each reading of the window and the one before it. */
  received: readonly { atMs: number; total: number }[]
  /** The proxy's own counter at its last good reading. */
  lastCounter: number | null
  /** Ready replicas from each reading on. */
  ready: readonly { atMs: number; replicas: number }[]
  log: readonly ProxyLogEntry[]
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
 */
export function observe(
  state: ObserverState,
  signals: RawSignals,
  options: { windowMs: number; target: number; tickMs: number },
): { state: ObserverState; observation: Observation } {
  const { windowMs, target, tickMs } = options
  const readMs = signals.atMs
  const next = remember(state, signals, windowMs)
  const { proxy } = signals
  const coveredMs = Math.min(windowMs, readMs)
  const ended = next.log
  const perS = (count: number) => (coveredMs > 0 ? (count / coveredMs) * 1000 : null)
  const observation: Observation = {
    nowMs: tickMs,
    windowMs,
    arrivalsPerS: proxy ? arrivalRate(next.received) : null,
    completionsPerS: proxy ? perS(ended.length) : null,
    errorsPerS: proxy
      ? perS(ended.filter((entry) => entry.status >= 500 || entry.status < 200).length)
      : null,
    rejectionsPerS: proxy ? perS(ended.filter((entry) => entry.status === 429).length) : null,
    inFlight: proxy?.inFlight ?? null,
    queued: proxy?.queued ?? null,
    responseMs: proxy ? responseTimes(ended) : null,
    serviceMsMean: proxy ? meanServiceMs(ended) : null,
    utilisation: proxy ? utilisation(next, readMs, coveredMs) : null,
    replicas: next.replicas,
    target,
    ageMs: {
      proxy: next.proxyAtMs === null ? null : readMs - next.proxyAtMs,
      replicas: next.replicasAtMs === null ? null : readMs - next.replicasAtMs,
    },
  }
  return { state: next, observation }
}

function remember(state: ObserverState, signals: RawSignals, windowMs: number): ObserverState {
  const { atMs, proxy, replicas } = signals
  const fromMs = atMs - windowMs
  const counts = replicas ? countReplicas(replicas) : state.replicas
  return {
    received: proxy
      ? trim([...state.received, receivedInAll(state, atMs, proxy.requestsTotal)], fromMs)
      : state.received,
    lastCounter: proxy ? proxy.requestsTotal : state.lastCounter,
    ready: trim([...state.ready, { atMs, replicas: counts.ready }], fromMs),
    log: [...state.log, ...signals.log].filter((entry) => entry.endedMs > fromMs),
    replicas: counts,
    proxyAtMs: proxy ? atMs : state.proxyAtMs,
    replicasAtMs: replicas ? atMs : state.replicasAtMs,
  }
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

function countReplicas(replicas: readonly ReplicaStatus[]): ReplicaCounts {
  const count = (state: ReplicaStatus['state']) =>
    replicas.filter((replica) => replica.state === state).length
  return { ready: count('ready'), starting: count('starting'), draining: count('draining'), standby: 0 }
}

/** From the oldest reading that the window keeps to the newest; null while there is only one. */
function arrivalRate(received: ObserverState['received']): number | null {
  const first = received[0]
  const last = received.at(-1)
  if (!first || !last || last.atMs <= first.atMs) return null
  return ((last.total - first.total) / (last.atMs - first.atMs)) * 1000
}

/** Time at the server: all of Ta that was not spent in a queue. */
const serviceMs = (entry: ProxyLogEntry) => entry.totalMs - Math.max(0, entry.queueMs)
const wasServed = (entry: ProxyLogEntry) => entry.responseMs >= 0 && entry.status !== 429

function meanServiceMs(ended: readonly ProxyLogEntry[]): number | null {
  const served = ended.filter(wasServed)
  if (served.length === 0) return null
  return served.reduce((sum, entry) => sum + serviceMs(entry), 0) / served.length
}

function responseTimes(ended: readonly ProxyLogEntry[]): ResponseTimes | null {
  if (ended.length === 0) return null
  const times = ended.map((entry) => entry.totalMs).sort((a, b) => a - b)
  return {
    count: times.length,
    mean: times.reduce((sum, time) => sum + time, 0) / times.length,
    p50: quantileSorted(times, 0.5),
    p95: quantileSorted(times, 0.95),
    p99: quantileSorted(times, 0.99),
  }
}

/**
 * Busy server time over ready server time within the window. Busy time comes from the log, so requests
 * still at a server are missing: low by about half a service time over the window.
 */
function utilisation(state: ObserverState, nowMs: number, coveredMs: number): number | null {
  const fromMs = nowMs - coveredMs
  const readyMs = readyServerMs(state.ready, fromMs, nowMs)
  if (readyMs <= 0) return null
  let busyMs = 0
  for (const entry of state.log) {
    if (entry.server === '' || entry.responseMs < 0) continue
    busyMs += entry.endedMs - Math.max(fromMs, entry.endedMs - serviceMs(entry))
  }
  return busyMs / readyMs
}

function readyServerMs(ready: ObserverState['ready'], fromMs: number, nowMs: number): number {
  let sum = 0
  for (let i = 0; i < ready.length; i++) {
    const untilMs = ready[i + 1]?.atMs ?? nowMs
    sum += ready[i]!.replicas * Math.max(0, untilMs - Math.max(fromMs, ready[i]!.atMs))
  }
  return sum
}
