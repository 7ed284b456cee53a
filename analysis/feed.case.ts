import { OUTCOMES, type RunRecord } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'

/**
 * A whole record as a sink would have heard it: requests in order of their end, those never answered last,
 * each with its index for a slot. For tests that compare a sink with a reader of records.
 */
export function feed(record: RunRecord, sink: RunSink): void {
  const { run, ticks, replicas, requests } = record
  const classes = [...new Set(requests.class)]
  sink.start(run, classes)
  const rows: EndedRequests = {
    index: (i) => i,
    classIndex: (i) => classes.indexOf(requests.class[i]!),
    intendedMs: (i) => requests.intendedMs[i]!,
    doneMs: (i) => requests.doneMs[i]!,
    queueWaitMs: (i) => requests.queueWaitMs[i]!,
    serviceMs: (i) => requests.serviceMs[i]!,
    blockingMs: (i) => requests.blockingMs[i]!,
    cpuMs: (i) => requests.cpuMs[i]!,
    server: (i) => Number(requests.server[i]!.slice(1)),
    status: (i) => requests.status[i]!,
    outcome: (i) => OUTCOMES.indexOf(requests.outcome[i]!),
  }
  const endMs = (i: number) =>
    Number.isNaN(requests.doneMs[i]!) ? Number.POSITIVE_INFINITY : requests.doneMs[i]!
  const order = requests.outcome.map((_, i) => i).sort((a, b) => endMs(a) - endMs(b) || a - b)
  for (const i of order) {
    sink.request(rows, i)
  }
  for (const row of ticks) sink.tick(row)
  for (const event of replicas) sink.replica(event)
}
