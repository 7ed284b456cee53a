import { OUTCOMES, type RunRecord } from '../record/schema.ts'
import { NUMBER, type RunSink, WHOLE } from '../record/sink.ts'

const STRIDE = 8

/**
 * A whole record as a sink would have heard it: requests in order of their end, those never answered last,
 * each in the one slot that is used again. For tests that compare a sink with a reader of records.
 */
export function feed(record: RunRecord, sink: RunSink): void {
  const { run, ticks, replicas, requests } = record
  const classes = [...new Set(requests.class)]
  sink.start(run, classes)
  const time = new Float64Array(3 * STRIDE)
  const word = new Int32Array(3 * STRIDE)
  const endMs = (i: number) =>
    Number.isNaN(requests.doneMs[i]!) ? Number.POSITIVE_INFINITY : requests.doneMs[i]!
  const order = requests.outcome.map((_, i) => i).sort((a, b) => endMs(a) - endMs(b) || a - b)
  for (const i of order) {
    const slot = STRIDE
    time[slot + NUMBER.index] = i
    time[slot + NUMBER.intendedMs] = requests.intendedMs[i]!
    time[slot + NUMBER.doneMs] = requests.doneMs[i]!
    time[slot + NUMBER.queueWaitMs] = requests.queueWaitMs[i]!
    time[slot + NUMBER.serviceMs] = requests.serviceMs[i]!
    time[slot + NUMBER.blockingMs] = requests.blockingMs[i]!
    time[slot + NUMBER.cpuMs] = requests.cpuMs[i]!
    word[slot + WHOLE.classIndex] = classes.indexOf(requests.class[i]!)
    word[slot + WHOLE.server] = Number(requests.server[i]!.slice(1))
    word[slot + WHOLE.status] = requests.status[i]!
    word[slot + WHOLE.outcome] = OUTCOMES.indexOf(requests.outcome[i]!)
    sink.request({ time, word }, slot)
  }
  for (const row of ticks) sink.tick(row)
  for (const event of replicas) sink.replica(event)
}
