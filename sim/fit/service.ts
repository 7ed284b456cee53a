import { mean } from 'simple-statistics'
import type { RunRecord } from '../../record/schema.ts'
import { inAnsweredSpans } from './answered.ts'
import { backToBackMs } from './backToBack.ts'
import { aloneCpuMs, type Slowing } from './contention.ts'
import { calmness } from './cpuWindows.ts'
import { isMeasured } from './measured.ts'
import { withOwnTimes } from './ownService.ts'

/** Samples of one request class, ms, in order of time. */
export interface ClassSamples {
  blockingMs: number[]
  cpuMs: number[]
  overheadMs: number[]
}

/** What the samples were taken from, and what had to be left out or taken all the same. */
export interface Sampled {
  classes: Map<string, ClassSamples>
  /** Time outside the server of requests that met an idle one, ms. */
  transitMs: number[]
  /** Answered requests that were left out because others around them got no answer. */
  censored: number
  /** Requests that were left out of blocking and overhead because the host's cores were busy. */
  stretched: number
  /** Classes by what their samples suffer from, for lack of better ones. */
  biased: { byUnanswered: string[]; byBusyHost: string[] }
  /** Classes whose overhead is from the proxy's timers, for lack of back-to-back requests. */
  byTimers: string[]
}

/** Fewer samples than this of a better kind are not preferred to all. */
const FEWEST = 20

/** One answered request whose work is known. */
interface Row {
  blockingMs: number
  cpuMs: number
  /** What it would have been with nobody beside it. */
  aloneCpuMs: number
  /** By the proxy's whole-millisecond timers. */
  serviceMs: number
  /** Exact, of the second of two back-to-back requests; null of all others. */
  holdingMs: number | null
  /** From sending to the answer, of a request that met an idle server; null of all others. */
  idleResponseMs: number | null
  /** In a span in which nearly every request was answered. */
  answered: boolean
  /** While the host had cores to spare. */
  calm: boolean
}

const NO_SLOWING: Slowing = { contention: 0, engineContention: 0 }

/**
 * Blocking and CPU time are what the handler reported. Overhead is the rest of the time that a request
 * holds its one-threaded server, from back-to-back requests (backToBack.ts),
 *
 *     overhead[i] = holding[i] - blocking[i] - cpu[i].
 *
 * Where a class has too few of them, it comes from the proxy's whole-millisecond timers instead:
 * service - blocking - cpu.
 *
 * Two kinds of requests are left out as long as enough others are there: those of spans in which many got no
 * answer, since the answered ones are then the short ones (answered.ts), and, for blocking and overhead, those
 * of times when the host was busy, since wall clock then holds waits for a core. CPU time is not stretched by them, but by what
 * others do to the caches: it is given as a request has it alone.
 * @param slowing how much each further job on the cores lengthens the CPU time of all (contention.ts).
 */
export function sampleRequests(records: readonly RunRecord[], slowing = NO_SLOWING): Sampled {
  const rows = new Map<string, Row[]>()
  for (const record of records) {
    for (const [name, own] of rowsOf(withOwnTimes(record), slowing))
      rows.set(name, [...(rows.get(name) ?? []), ...own])
  }
  const sampled: Sampled = {
    classes: new Map(),
    transitMs: [],
    censored: 0,
    stretched: 0,
    biased: { byUnanswered: [], byBusyHost: [] },
    byTimers: [],
  }
  for (const [name, own] of rows) sampleClass(name, own, sampled)
  return sampled
}

/** The samples alone. */
export const classSamples = (records: readonly RunRecord[], slowing?: Slowing): Map<string, ClassSamples> =>
  sampleRequests(records, slowing).classes

function sampleClass(name: string, all: readonly Row[], sampled: Sampled): void {
  const answered = all.filter((row) => row.answered)
  const base = enough(answered, all) ? answered : all
  if (base === answered) sampled.censored += all.length - answered.length
  else sampled.biased.byUnanswered.push(name)
  const calm = base.filter((row) => row.calm)
  const quiet = enough(calm, base) ? calm : base
  if (quiet === calm) sampled.stretched += base.length - calm.length
  else sampled.biased.byBusyHost.push(name)
  const pairs = quiet.filter((row) => row.holdingMs !== null)
  const byPairs = pairs.length >= FEWEST
  if (!byPairs) sampled.byTimers.push(name)
  const overheadMs = byPairs
    ? pairs.map((row) => row.holdingMs! - row.blockingMs - row.cpuMs)
    : quiet.map((row) => row.serviceMs - row.blockingMs - row.cpuMs)
  sampled.classes.set(name, {
    blockingMs: quiet.map((row) => row.blockingMs),
    cpuMs: base.map((row) => row.aloneCpuMs),
    overheadMs,
  })
  const meanOverheadMs = mean(overheadMs)
  for (const { idleResponseMs, blockingMs, cpuMs } of quiet) {
    if (idleResponseMs !== null)
      sampled.transitMs.push(Math.max(0, idleResponseMs - blockingMs - cpuMs - meanOverheadMs))
  }
}

const enough = (better: readonly Row[], all: readonly Row[]) =>
  better.length === all.length || better.length >= FEWEST

function rowsOf(record: RunRecord, slowing: Slowing): Map<string, Row[]> {
  const { requests } = record
  const alone = aloneCpuMs(record, slowing)
  const answered = inAnsweredSpans(requests)
  const isCalm = calmness(record)
  const holdingMs = backToBackMs(requests)
  const rows = new Map<string, Row[]>()
  requests.class.forEach((name, i) => {
    if (!isMeasured(requests, i)) return
    const list = rows.get(name) ?? []
    rows.set(name, list)
    const doneMs = requests.doneMs[i]!
    const pair = holdingMs[i]!
    list.push({
      blockingMs: requests.blockingMs[i]!,
      cpuMs: requests.cpuMs[i]!,
      aloneCpuMs: alone[i]!,
      serviceMs: requests.serviceMs[i]!,
      holdingMs: Number.isNaN(pair) ? null : pair,
      idleResponseMs: requests.queueWaitMs[i]! > 0 ? null : doneMs - requests.sentMs[i]!,
      answered: answered[i] === 1,
      calm: isCalm(doneMs - Math.max(requests.serviceMs[i]!, pair || 0), doneMs),
    })
  })
  return rows
}
