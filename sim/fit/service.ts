import { mean } from 'simple-statistics'
import type { RunRecord } from '../../record/schema.ts'

/** Samples of one request class, ms, in order of time. */
export interface ClassSamples {
  blockingMs: number[]
  cpuMs: number[]
  overheadMs: number[]
}

/** A wait in the proxy's queue of at least this long was a wait for the server to become free, not rounding. */
const QUEUED_MS = 5
/** Back-to-back pairs of a class below this number are too few; its overhead then comes from the proxy's timers. */
const FEWEST_PAIRS = 20

/**
 * Blocking and CPU time are what the handler reported. Overhead is the rest of the time that a request
 * holds its one-threaded server, found where the server never idles: of two requests back to back on
 * one server, the second was in the queue until the first had left, so the time between their ends is
 * exactly one holding time,
 *
 *     done[i+1] - done[i] = blocking[i+1] + cpu[i+1] + overhead[i+1].
 *
 * What the client and the network add to both ends cancels. Where a class has too few such pairs, the overhead
 * comes from the proxy's whole-millisecond timers instead: service - blocking - cpu.
 */
export function classSamples(records: readonly RunRecord[]): Map<string, ClassSamples> {
  const samples = new Map<string, ClassSamples>()
  const timers = new Map<string, number[]>()
  for (const { requests } of records) {
    requests.class.forEach((name, i) => {
      if (!isMeasured(requests, i)) return
      const own = samples.get(name) ?? { blockingMs: [], cpuMs: [], overheadMs: [] }
      samples.set(name, own)
      own.blockingMs.push(requests.blockingMs[i]!)
      own.cpuMs.push(requests.cpuMs[i]!)
      const list = timers.get(name) ?? []
      timers.set(name, list)
      list.push(requests.serviceMs[i]! - requests.blockingMs[i]! - requests.cpuMs[i]!)
    })
  }
  for (const record of records) addBackToBack(record, samples)
  for (const [name, own] of samples) {
    if (own.overheadMs.length < FEWEST_PAIRS) own.overheadMs = timers.get(name)!
  }
  return samples
}

function isMeasured(requests: RunRecord['requests'], i: number): boolean {
  return (
    requests.outcome[i] === 'ok' &&
    !Number.isNaN(requests.blockingMs[i]!) &&
    !Number.isNaN(requests.cpuMs[i]!) &&
    !Number.isNaN(requests.serviceMs[i]!)
  )
}

function addBackToBack({ requests }: RunRecord, samples: Map<string, ClassSamples>): void {
  const lastDoneMs = new Map<string, number>()
  for (const i of byDone(requests.doneMs)) {
    const server = requests.server[i]!
    if (!isMeasured(requests, i)) {
      lastDoneMs.delete(server)
      continue
    }
    const before = lastDoneMs.get(server)
    lastDoneMs.set(server, requests.doneMs[i]!)
    if (before === undefined || !(requests.queueWaitMs[i]! >= QUEUED_MS)) continue
    const holdingMs = requests.doneMs[i]! - before
    samples.get(requests.class[i]!)!.overheadMs.push(holdingMs - requests.blockingMs[i]! - requests.cpuMs[i]!)
  }
}

const byDone = (doneMs: Float64Array) =>
  Array.from(doneMs, (_, i) => i)
    .filter((i) => !Number.isNaN(doneMs[i]!))
    .sort((a, b) => doneMs[a]! - doneMs[b]!)

/**
 * Part of the response time that holds no server (client, network, proxy), ms: of requests that met an
 * idle server, what is left of done - sent after blocking, CPU and their class's mean overhead.
 */
export function transitSamples(records: readonly RunRecord[], samples: Map<string, ClassSamples>): number[] {
  const overheadMs = new Map([...samples].map(([name, own]) => [name, mean(own.overheadMs)]))
  return records.flatMap(({ requests }) =>
    requests.class.flatMap((name, i) => {
      if (!isMeasured(requests, i) || requests.queueWaitMs[i]! > 0) return []
      const inside = requests.blockingMs[i]! + requests.cpuMs[i]! + overheadMs.get(name)!
      return [Math.max(0, requests.doneMs[i]! - requests.sentMs[i]! - inside)]
    }),
  )
}
