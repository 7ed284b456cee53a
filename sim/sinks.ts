import type { TickRow } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'

/** Tells two sinks the same. */
export function both(first: RunSink, second: RunSink): RunSink {
  return {
    start(run, classes) {
      first.start(run, classes)
      second.start(run, classes)
    },
    request(ended: EndedRequests, slot: number) {
      first.request(ended, slot)
      second.request(ended, slot)
    },
    tick(row) {
      first.tick(row)
      second.tick(row)
    },
    replica(event) {
      first.replica(event)
      second.replica(event)
    },
    fault(row) {
      first.fault?.(row)
      second.fault?.(row)
    },
  }
}

/** Hears the ticks alone: for progress, and to explain decisions. */
export function ticksTo(onTick: (row: TickRow) => void): RunSink {
  return { start() {}, request() {}, tick: onTick, replica() {} }
}
