import type { FaultRow } from '../record/faults.ts'
import {
  OUTCOMES,
  type ReplicaEvent,
  type RunHeader,
  type RunRecord,
  type TickRow,
  type TraceInRecord,
} from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'
import { expectedArrivals } from '../traces/rate.ts'

/** The columns as they fill: a request's row is its index, whatever the order in which requests end. */
class Columns {
  readonly rows: number
  readonly intendedMs: Float64Array<ArrayBuffer>
  readonly doneMs: Float64Array<ArrayBuffer>
  readonly queueWaitMs: Float64Array<ArrayBuffer>
  readonly serviceMs: Float64Array<ArrayBuffer>
  readonly blockingMs: Float64Array<ArrayBuffer>
  readonly cpuMs: Float64Array<ArrayBuffer>
  readonly status: Int32Array<ArrayBuffer>
  readonly server: Int32Array<ArrayBuffer>
  readonly classIndex: Uint8Array<ArrayBuffer>
  readonly outcome: Uint8Array<ArrayBuffer>

  /** @param old columns that these take over, where those were too short. */
  constructor(rows: number, old?: Columns) {
    this.rows = rows
    this.intendedMs = begun(new Float64Array(rows), old?.intendedMs)
    this.doneMs = begun(new Float64Array(rows), old?.doneMs)
    this.queueWaitMs = begun(new Float64Array(rows), old?.queueWaitMs)
    this.serviceMs = begun(new Float64Array(rows), old?.serviceMs)
    this.blockingMs = begun(new Float64Array(rows), old?.blockingMs)
    this.cpuMs = begun(new Float64Array(rows), old?.cpuMs)
    this.status = begun(new Int32Array(rows), old?.status)
    this.server = begun(new Int32Array(rows), old?.server)
    this.classIndex = begun(new Uint8Array(rows), old?.classIndex)
    this.outcome = begun(new Uint8Array(rows), old?.outcome)
  }

  write(row: number, ended: EndedRequests, slot: number): void {
    this.intendedMs[row] = ended.intendedMs(slot)
    this.doneMs[row] = ended.doneMs(slot)
    this.queueWaitMs[row] = ended.queueWaitMs(slot)
    this.serviceMs[row] = ended.serviceMs(slot)
    this.blockingMs[row] = ended.blockingMs(slot)
    this.cpuMs[row] = ended.cpuMs(slot)
    this.status[row] = ended.status(slot)
    this.server[row] = ended.server(slot)
    this.classIndex[row] = ended.classIndex(slot)
    this.outcome[row] = ended.outcome(slot)
  }
}

function begun<T extends Float64Array | Int32Array | Uint8Array>(column: T, old: T | undefined): T {
  if (old) column.set(old)
  return column
}

/** Keeps the whole run: what `sim run --out` writes and the tests look into. Some 80 bytes a request. */
export class Recorder implements RunSink {
  #run!: RunHeader
  #classes: readonly string[] = []
  #ticks: TickRow[] = []
  #replicas: ReplicaEvent[] = []
  #faults: FaultRow[] = []
  #count = 0
  #columns = new Columns(0)

  start(run: RunHeader, classes: readonly string[]): void {
    this.#run = run
    this.#classes = classes
    this.#columns = new Columns(rowsFor(run.trace))
  }

  request(ended: EndedRequests, slot: number): void {
    const index = ended.index(slot)
    if (index >= this.#count) this.#count = index + 1
    if (index >= this.#columns.rows) this.#columns = new Columns(2 * index + 1024, this.#columns)
    this.#columns.write(index, ended, slot)
  }

  /** An observation lets go of the window that it came from once its response times are read (control/observe.ts). */
  tick(row: TickRow): void {
    void row.observation.responseMs
    this.#ticks.push(row)
  }

  replica(event: ReplicaEvent): void {
    this.#replicas.push(event)
  }

  fault(row: FaultRow): void {
    this.#faults.push(row)
  }

  /** The record so far: its columns are parts of those that go on filling. */
  record(): RunRecord {
    const n = this.#count
    const columns = this.#columns
    const intendedMs = columns.intendedMs.subarray(0, n)
    return {
      run: this.#run,
      ticks: this.#ticks,
      replicas: this.#replicas,
      requests: {
        class: texts(columns.classIndex, n, this.#classes),
        intendedMs,
        // A simulated client is never late: the same numbers.
        sentMs: intendedMs,
        doneMs: columns.doneMs.subarray(0, n),
        queueWaitMs: columns.queueWaitMs.subarray(0, n),
        serviceMs: columns.serviceMs.subarray(0, n),
        blockingMs: columns.blockingMs.subarray(0, n),
        cpuMs: columns.cpuMs.subarray(0, n),
        server: texts(columns.server, n, serverNames(columns.server)),
        status: columns.status.subarray(0, n),
        outcome: texts(columns.outcome, n, OUTCOMES),
      },
      ...(this.#faults.length > 0 && { faults: this.#faults }),
    }
  }
}

/** As many as are expected and six standard deviations more, for a Poisson process; else they grow. */
function rowsFor(trace: TraceInRecord): number {
  if (trace.load.kind === 'users') return 1024
  const expected = expectedArrivals(trace.load, trace.durationMs)
  return Math.ceil(expected + 6 * Math.sqrt(expected)) + 16
}

/** Codes into the names that they stand for. */
function texts<T extends string>(codes: ArrayLike<number>, count: number, names: readonly T[]): T[] {
  const column: T[] = new Array(count)
  for (let row = 0; row < count; row++) column[row] = names[codes[row]!]!
  return column
}

function serverNames(servers: Int32Array): string[] {
  let last = 0
  for (let row = 0; row < servers.length; row++) last = Math.max(last, servers[row]!)
  return Array.from({ length: last + 1 }, (_, number) => (number === 0 ? '' : `w${number}`))
}
