import type { ProxyLogEntry } from '../control/signals.ts'
import { type FaultRow, parseFault } from '../record/faults.ts'
import {
  OUTCOMES,
  type Outcome,
  type ReplicaCount,
  type ReplicaEvent,
  type RunCounts,
} from '../record/schema.ts'
import type { ClientRow, LoadSummary } from './load/loadgen.ts'

/*
 * Three parts count a live run's requests, each for itself: the generator, HAProxy (its counter, and its log) and the application
 * (X-Served). What must be true of their counts, with what the run's faults explain at most (RunCounts.explained):
 *
 *   ended           = sent                                each request ends once
 *   received        = sent, less `unseen`                 HAProxy's counter; nobody saw what it was when it was set back to 0
 *   lines           = sent, less `unwritten`              each request has its line in HAProxy's log, also one that was given up
 *   answers by code <= lines by code + `unwritten`        what arrived at the generator is what HAProxy sent
 *   served by w     <= lines that name w + `unwritten`    what w answered was given to it by HAProxy
 *   sum of (served - known) <= given up + broken          an answer that nobody here got was to somebody who had left
 *   broken          <= `insideDead`                       nothing is lost but inside what was killed
 *
 * `insideDead` is for each container that died what HAProxy gives it at once (maxconn; without a limit its listen queue and one), and
 * for a proxy that was killed every request that was open, or sent, until it was back. So many can a span touch: the arrivals until
 * its end, less those that had ended before it.
 */

/** Idle connections stay with a worker that was replaced, each for at most one more request (live/load/connection.ts, KEPT_MS). */
const LINGER_MS = 5000
/** Without maxconn: the application's listen queue (live/webapp/app.py, BACKLOG) and the request at work. */
const MOST_INSIDE = 4097
/** HAProxy's own answer where no server takes the request: it was turned away, not lost. */
const TURNED_AWAY = 503

/** Counts while a live run goes on. */
export class RunCounter {
  readonly #arrivalsMs: Float64Array
  readonly #maxconn: number | null
  readonly #replicas = new Map<string, Replica>()
  readonly #wasReady = new Set<string>()
  readonly #dead = new Set<string>()
  readonly #byOutcome = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>
  readonly #byStatus: Record<string, number> = {}
  readonly #linesByStatus: Record<string, number> = {}
  readonly #explained = { unseen: 0, unwritten: 0, insideDead: 0 }
  /** How many had ended by each reading. */
  readonly #readings: { atMs: number; ended: number }[] = [{ atMs: 0, ended: 0 }]
  /** HAProxy's own counter at its last reading; null before the first. */
  #counter: { value: number; atMs: number } | null = null
  #received: number | null = null
  #wasRestarted = false
  #ended = 0
  #lines = 0
  #broken = 0
  #logFullFromMs = Number.NaN

  /** @param arrivalsMs when each request of the run is meant to be sent, ascending. */
  constructor({ arrivalsMs, maxconn }: { arrivalsMs: Float64Array; maxconn: number | null }) {
    this.#arrivalsMs = arrivalsMs
    this.#maxconn = maxconn
  }

  /** An answer from before time 0: what was served until then is not the run's. */
  prepared(server: string, served: number | null): void {
    if (served !== null) this.#replica(server).startAt(served)
  }

  ended({ outcome, status, server }: ClientRow, served: number | null): void {
    this.#ended++
    this.#byOutcome[outcome]++
    if (status > 0) this.#byStatus[status] = (this.#byStatus[status] ?? 0) + 1
    if (served !== null) this.#replica(server).saw(served)
    else if (outcome === 'failed' && status !== TURNED_AWAY) this.#broken++
  }

  /** Lines of others, such as the preparation's, have no number for an id. */
  logged({ id, status, server }: ProxyLogEntry): void {
    if (!/^\d+$/.test(id)) return
    this.#lines++
    this.#linesByStatus[status] = (this.#linesByStatus[status] ?? 0) + 1
    if (server !== '') this.#replica(server).lines++
  }

  /** HAProxy's req_tot; null where it did not answer. The first one is of time 0. */
  reading(atMs: number, requestsTotal: number | null): void {
    this.#readings.push({ atMs, ended: this.#ended })
    // What no counter can show (a fault of the statistics) is no reading.
    if (requestsTotal === null || !Number.isSafeInteger(requestsTotal) || requestsTotal < 0) return
    const last = this.#counter
    this.#counter = { value: requestsTotal, atMs }
    if (last === null) {
      this.#received = 0
      return
    }
    const wasReset = this.#wasRestarted || requestsTotal < last.value
    this.#wasRestarted = false
    if (wasReset) this.#explained.unseen += this.#openBetween(last.atMs, atMs + LINGER_MS)
    this.#received! += wasReset ? requestsTotal : requestsTotal - last.value
  }

  /** @param nowMs when it is told: for a proxy that was killed, when it was back. */
  fault(row: FaultRow, nowMs: number): void {
    const { kind } = parseFault(row.fault)
    if (row.state === 'impossible') return
    if ((kind === 'kill' || kind === 'oom') && row.note) this.#dead.add(row.note)
    if (kind === 'proxy-kill' || kind === 'proxy-reload') this.#wasRestarted = true
    if (kind === 'proxy-kill') {
      const open = this.#openBetween(row.atMs, nowMs)
      this.#explained.unwritten += open
      this.#explained.insideDead += open
    }
    if (kind === 'log-full' && row.state === 'begun') this.#logFullFromMs = row.atMs
    if (kind === 'log-full' && row.state === 'over')
      this.#explained.unwritten += this.#openBetween(this.#logFullFromMs, nowMs)
  }

  /** One that was ready and died, by a fault or by itself, may have had requests inside. */
  replica({ replica, state }: ReplicaEvent): void {
    if (state === 'ready') this.#wasReady.add(replica)
    if (state === 'failed' && this.#wasReady.has(replica)) this.#dead.add(replica)
  }

  /** @param malformedLines of HAProxy's log, which look like a request's. */
  counts({ sent }: Pick<LoadSummary, 'sent'>, malformedLines: number): RunCounts {
    const replicas = [...this.#replicas].filter(([name]) => name !== '')
    const counts = replicas.some(([, { served }]) => served !== null)
    const insideReplicas = this.#dead.size * (this.#maxconn ?? MOST_INSIDE)
    return {
      generator: {
        sent,
        byOutcome: this.#byOutcome,
        byStatus: this.#byStatus,
        broken: counts ? this.#broken : null,
      },
      proxy: {
        received: this.#received,
        lines: this.#lines,
        malformedLines,
        byStatus: this.#linesByStatus,
      },
      replicas: counts
        ? Object.fromEntries(
            replicas.map(([name, { served, known, lines }]) => [name, { served: served ?? 0, known, lines }]),
          )
        : null,
      explained: {
        ...this.#explained,
        insideDead: this.#explained.insideDead + insideReplicas,
      },
    }
  }

  #replica(name: string): Replica {
    const known = this.#replicas.get(name) ?? new Replica()
    this.#replicas.set(name, known)
    return known
  }

  /**
   * At most so many requests were open at some time of the span. Taken from the reading before the last one ahead of it: what a late
   * event loop noted with a reading may have ended after HAProxy had written it.
   */
  #openBetween(fromMs: number, toMs: number): number {
    const last = this.#readings.findLastIndex(({ atMs }) => atMs <= fromMs)
    const before = this.#readings[Math.max(0, last - 1)]!.ended
    return arrivedBy(this.#arrivalsMs, toMs) - before
  }
}

/** What is known of one replica: its own number, and which of its answers arrived here. */
class Replica {
  /** The highest number seen, counted from time 0; null while none was. */
  served: number | null = null
  /** Different numbers seen. */
  known = 0
  /** Lines of HAProxy's log that name it. */
  lines = 0
  #from = 0
  /** A bit for each number. */
  #seen = new Uint8Array(64)

  startAt(served: number): void {
    this.#from = Math.max(this.#from, served)
    this.served ??= 0
  }

  saw(number: number): void {
    const n = number - this.#from
    if (!Number.isSafeInteger(n) || n < 1 || n > MOST_ANSWERS) return
    this.served = Math.max(this.served ?? 0, n)
    const byte = n >> 3
    if (byte >= this.#seen.length) this.#grow(byte + 1)
    const bit = 1 << (n & 7)
    if (this.#seen[byte]! & bit) return
    this.#seen[byte]! |= bit
    this.known++
  }

  #grow(bytes: number): void {
    const larger = new Uint8Array(Math.max(2 * this.#seen.length, bytes))
    larger.set(this.#seen)
    this.#seen = larger
  }
}

/** Of one replica: what says more does not count requests. */
const MOST_ANSWERS = 2 ** 28

function arrivedBy(atMs: Float64Array, timeMs: number): number {
  let low = 0
  let high = atMs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (atMs[middle]! <= timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/** A line for each equation that does not hold; none is good. */
export function brokenCounts(counts: RunCounts): string[] {
  return [...totals(counts), ...codes(counts), ...answers(counts), ...losses(counts)]
}

function totals({ generator, proxy, explained }: RunCounts): string[] {
  const { sent, byOutcome } = generator
  const ended = OUTCOMES.reduce((sum, outcome) => sum + byOutcome[outcome], 0)
  const { received, lines, malformedLines } = proxy
  const found = lines + malformedLines
  return [
    ...(ended === sent ? [] : [`the generator sent ${sent} requests, ${ended} of them ended`]),
    ...(received === null || (received <= sent && received >= sent - explained.unseen)
      ? []
      : [
          `the generator sent ${sent} requests, HAProxy counted ${received}${atMost(explained.unseen, 'uncounted')}`,
        ]),
    ...(found <= sent && found >= sent - explained.unwritten
      ? []
      : [
          `the generator sent ${sent} requests, HAProxy's log has ${found} lines${atMost(explained.unwritten, 'unwritten')}`,
        ]),
    ...(malformedLines > 0 ? [`${malformedLines} lines of HAProxy's log could not be read`] : []),
  ]
}

function codes({ generator, proxy, explained }: RunCounts): string[] {
  return Object.entries(generator.byStatus).flatMap(([status, answers]) => {
    const lines = proxy.byStatus[status] ?? 0
    return answers <= lines + proxy.malformedLines + explained.unwritten
      ? []
      : [`${answers} answers arrived with status ${status}, HAProxy's log has ${lines}`]
  })
}

function answers({ generator, proxy, replicas, explained }: RunCounts): string[] {
  if (replicas === null) return []
  const unwritten = explained.unwritten + proxy.malformedLines
  const left = generator.byOutcome.timeout + generator.byOutcome.unanswered + (generator.broken ?? 0)
  const lost = Object.entries(replicas).filter(([, { served, known }]) => served > known)
  const lostInAll = lost.reduce((sum, [, { served, known }]) => sum + served - known, 0)
  return [
    ...Object.entries(replicas)
      .filter(([, { served, lines }]) => served > lines + unwritten)
      .map(
        ([name, { served, lines }]) =>
          `${name} answered ${served} requests, HAProxy's log has ${lines} of them`,
      ),
    ...(lostInAll <= left
      ? []
      : lost.map(([name, own]) => `${textOf(name, own)}: the generator gave ${left} requests up in all`)),
  ]
}

const textOf = (name: string, { served, known }: ReplicaCount) =>
  `${name} answered ${served} requests, ${known} of them are known here (${served - known} answers lost)`

function losses({ generator: { broken }, explained: { insideDead } }: RunCounts): string[] {
  if (broken === null || broken <= insideDead) return []
  return [
    `${broken} ${broken === 1 ? 'request' : 'requests'} broke off without an answer${insideDead > 0 ? `, at most ${insideDead} were inside what died` : ', and nothing died'}`,
  ]
}

const atMost = (most: number, what: string) =>
  most > 0 ? ` (at most ${most} ${what}, by the run's faults)` : ''
