import {
  OUTCOMES,
  type ReplicaEvent,
  type RunHeader,
  type RunRecord,
  type TickRow,
} from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'

/** The columns that are kept of each request, by the name that they have in both places. */
const TIMES = ['intendedMs', 'doneMs', 'queueWaitMs', 'serviceMs', 'blockingMs', 'cpuMs'] as const
type Times = Record<(typeof TIMES)[number], Float64Array>

/** Keeps the whole run: what `sim run --out` writes and the tests look into. */
export class Recorder implements RunSink {
  #run!: RunHeader
  #classes: readonly string[] = []
  #ticks: TickRow[] = []
  #replicas: ReplicaEvent[] = []
  #count = 0
  #times = Object.fromEntries(TIMES.map((name) => [name, new Float64Array(64)])) as Times
  #server = new Int32Array(64)
  #status = new Uint16Array(64)
  #classIndex = new Uint8Array(64)
  #outcome = new Uint8Array(64)

  start(run: RunHeader, classes: readonly string[]): void {
    this.#run = run
    this.#classes = classes
  }

  /** Requests end in any order; row = index. */
  request(ended: EndedRequests, slot: number): void {
    const row = ended.index(slot)
    if (row >= this.#server.length) this.#grow(row)
    if (row >= this.#count) this.#count = row + 1
    const times = this.#times
    times.intendedMs[row] = ended.intendedMs(slot)
    times.doneMs[row] = ended.doneMs(slot)
    times.queueWaitMs[row] = ended.queueWaitMs(slot)
    times.serviceMs[row] = ended.serviceMs(slot)
    times.blockingMs[row] = ended.blockingMs(slot)
    times.cpuMs[row] = ended.cpuMs(slot)
    this.#server[row] = ended.server(slot)
    this.#status[row] = ended.status(slot)
    this.#classIndex[row] = ended.classIndex(slot)
    this.#outcome[row] = ended.outcome(slot)
  }

  /** The copy reads what an observation works out only when it is asked (control/observe.ts), and lets go of the rest. */
  tick(row: TickRow): void {
    this.#ticks.push({ ...row, observation: { ...row.observation } })
  }

  replica(event: ReplicaEvent): void {
    this.#replicas.push(event)
  }

  record(): RunRecord {
    const n = this.#count
    const times = Object.fromEntries(TIMES.map((name) => [name, this.#times[name].slice(0, n)])) as Times
    const names = new Map<number, string>([[0, '']])
    const nameOf = (server: number) => {
      if (!names.has(server)) names.set(server, `w${server}`)
      return names.get(server)!
    }
    return {
      run: this.#run,
      ticks: this.#ticks,
      replicas: this.#replicas,
      requests: {
        ...times,
        sentMs: times.intendedMs.slice(),
        class: Array.from(this.#classIndex.subarray(0, n), (index) => this.#classes[index]!),
        server: Array.from(this.#server.subarray(0, n), nameOf),
        status: Int32Array.from(this.#status.subarray(0, n)),
        outcome: Array.from(this.#outcome.subarray(0, n), (index) => OUTCOMES[index]!),
      },
    }
  }

  #grow(row: number): void {
    const length = 2 * Math.max(row, this.#server.length)
    for (const name of TIMES) this.#times[name] = copied(this.#times[name], new Float64Array(length))
    this.#server = copied(this.#server, new Int32Array(length))
    this.#status = copied(this.#status, new Uint16Array(length))
    this.#classIndex = copied(this.#classIndex, new Uint8Array(length))
    this.#outcome = copied(this.#outcome, new Uint8Array(length))
  }
}

function copied<T extends Float64Array | Int32Array | Uint16Array | Uint8Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}
