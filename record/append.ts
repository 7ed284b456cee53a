import { mkdir, open, rm } from 'node:fs/promises'
import { assert } from '../base/assert.ts'
import type { FaultRow } from './faults.ts'
import { filesOf } from './files.ts'
import { writeRequests } from './parquet.ts'
import type { ReplicaEvent, RequestRow, RunHeader, TickRow } from './schema.ts'
import { tableOf } from './table.ts'
import { writeHeader } from './write.ts'

/**
 * A record that grows while its run is going on: each row is appended within `flushMs` of `add`, so a
 * killed run loses at most that. `finish` turns the growing request file into Parquet and removes it.
 */
export interface GrowingRecord {
  addTick(row: TickRow): void
  addReplicaEvent(event: ReplicaEvent): void
  addRequest(row: RequestRow): void
  /** Only for a run whose header has faults. */
  addFault(row: FaultRow): void
  /** Writes what was added since the last flush. */
  flush(): Promise<void>
  finish(run: RunHeader): Promise<void>
}

export async function startRecord(folder: string, run: RunHeader): Promise<GrowingRecord> {
  await mkdir(folder, { recursive: true })
  const files = filesOf(folder)
  const ticks = await appender(files.ticks)
  const replicas = await appender(files.replicas)
  const growing = await appender(files.requestsGrowing)
  const faults = run.faults ? await appender(files.faults) : null
  const requests: RequestRow[] = []
  await writeHeader(folder, run)
  const flush = async () => {
    await Promise.all([ticks.flush(), replicas.flush(), growing.flush(), faults?.flush()])
  }
  return {
    addTick: ticks.add,
    addReplicaEvent: replicas.add,
    addRequest(row) {
      requests.push(row)
      growing.add(row)
    },
    addFault(row) {
      assert(faults, 'the header has no faults')
      faults.add(row)
    },
    flush,
    async finish(final) {
      await flush()
      await Promise.all([ticks.close(), replicas.close(), growing.close(), faults?.close()])
      await writeRequests(files.requests, tableOf(requests))
      await rm(files.requestsGrowing)
      await writeHeader(folder, final)
    },
  }
}

/** Appends lines to a new file, those of one flush in one write, flushes in order. */
async function appender(path: string) {
  const file = await open(path, 'w')
  let pending: string[] = []
  let last: Promise<unknown> = Promise.resolve()
  return {
    add(row: unknown): void {
      pending.push(`${JSON.stringify(row)}\n`)
    },
    flush(): Promise<unknown> {
      if (pending.length === 0) return last
      const text = pending.join('')
      pending = []
      last = last.then(() => file.write(text))
      return last
    },
    close: () => file.close(),
  }
}
