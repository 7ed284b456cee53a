import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { assert } from '../base/assert.ts'
import { every } from '../base/clock.ts'
import { environmentLacks, messageOf, type UserError } from '../base/errors.ts'
import { claimFolder } from './claim.ts'
import type { FaultRow } from './faults.ts'
import { filesOf } from './files.ts'
import { GrowingFile } from './growingFile.ts'
import { writeRequests } from './parquet.ts'
import type { ReplicaEvent, RequestRow, RunHeader, TickRow } from './schema.ts'
import { tableOf } from './table.ts'
import { writeHeader } from './write.ts'

/** How often what was added goes to the kernel, which keeps it when this process is killed. */
const FLUSH_MS = 250
/** How often it goes to the disk, which keeps it when the power fails: with FLUSH_MS and a slow disk, within a second. */
const SYNC_MS = 500
/** So much may the last header be longer than the first: facts about the run, and reasons. */
const RESERVE_BYTES = 8192

/**
 * A record that grows while its run is going on. A killed process loses at most the last quarter of a second of it, a
 * power loss the last second. `finish` turns the growing request file into Parquet and removes it.
 */
export interface GrowingRecord {
  /** @throws UserError once the record can no longer be written (a full disk): a run must not go on unrecorded. */
  addTick(row: TickRow): void
  addReplicaEvent(event: ReplicaEvent): void
  addRequest(row: RequestRow): void
  /** Only for a run whose header has faults. */
  addFault(row: FaultRow): void
  /** Writes what was added since the last flush. It happens by itself four times a second. */
  flush(): Promise<void>
  /**
   * Ends the record, whatever the run came to.
   * @throws UserError where not all of it could be written; what is there can be read.
   */
  finish(run: RunHeader): Promise<void>
}

/** @throws UserError where another run writes into the folder, or a record is there. */
export async function startRecord(folder: string, run: RunHeader): Promise<GrowingRecord> {
  await mkdir(folder, { recursive: true })
  const release = await claimFolder(folder)
  const opened: GrowingFile[] = []
  const create = async (path: string) => {
    const file = await GrowingFile.create(path)
    opened.push(file)
    return file
  }
  const closeAll = () => Promise.all(opened.map((file) => file.close()))
  try {
    const files = filesOf(folder)
    // First the header: without it nobody can tell what the rows are of.
    await writeHeader(folder, run)
    await writeFile(files.reserve, ' '.repeat(JSON.stringify(run, null, 2).length + RESERVE_BYTES))
    const rows = {
      ticks: await create(files.ticks),
      replicas: await create(files.replicas),
      requests: await create(files.requestsGrowing),
      faults: run.faults ? await create(files.faults) : null,
    }
    return growing(folder, rows, { all: opened, closeAll, release })
  } catch (error) {
    await closeAll()
    await release()
    throw cannotRecord(folder, error)
  }
}

interface Rows {
  ticks: GrowingFile
  replicas: GrowingFile
  requests: GrowingFile
  faults: GrowingFile | null
}

function growing(
  folder: string,
  { ticks, replicas, requests, faults }: Rows,
  { all, closeAll, release }: { all: GrowingFile[]; closeAll(): Promise<unknown>; release(): Promise<void> },
): GrowingRecord {
  let failure: unknown = null
  const fail = (error: unknown) => {
    failure ??= cannotRecord(folder, error)
    throw failure
  }
  const flush = () => Promise.all(all.map((file) => file.flush())).then(() => {}, fail)
  // One after the other: a slow disk shall not hold all of Node's four threads, which others of this process need.
  const syncAll = async () => {
    for (const file of all) await file.sync()
  }
  const sync = () => syncAll().catch(fail)
  const stops = [repeated(FLUSH_MS, flush), repeated(SYNC_MS, sync)]
  return {
    addTick(row) {
      if (failure) throw failure
      ticks.add(row)
    },
    addReplicaEvent: (event) => replicas.add(event),
    addRequest: (row) => requests.add(row),
    addFault(row) {
      assert(faults, 'the header has no faults')
      faults.add(row)
    },
    flush,
    async finish(final) {
      for (const stop of stops) stop()
      try {
        await sync().finally(closeAll)
        // Of a disk that failed in between nobody knows what it has.
        if (failure) throw failure
        await complete(folder, final)
      } catch (error) {
        const why = cannotRecord(folder, error)
        const verdict = { valid: false, reasons: [...new Set([messageOf(why), ...final.verdict.reasons])] }
        await rm(filesOf(folder).reserve, { force: true })
        // Where not even this succeeds, the header still says `running`: the reader takes the run for a killed one.
        await writeHeader(folder, { ...final, state: 'interrupted', verdict }).catch(() => {})
        throw why
      } finally {
        await release()
      }
    },
  }
}

/**
 * Every step leaves a record that has all its rows once: the reader takes the Parquet where there is one, which is
 * there whole or not at all, and the growing file goes last.
 */
async function complete(folder: string, final: RunHeader): Promise<void> {
  const files = filesOf(folder)
  const rows: RequestRow[] = []
  const file = await open(files.requestsGrowing)
  try {
    for await (const line of file.readLines({ autoClose: false })) rows.push(JSON.parse(line))
  } finally {
    await file.close()
  }
  await writeRequests(files.requests, tableOf(rows), { durable: true })
  await writeHeader(folder, final)
  await rm(files.reserve, { force: true })
  await rm(files.requestsGrowing)
}

/** One at a time: a disk that takes longer than the interval is asked less often. What fails is kept by `work` itself. */
function repeated(intervalMs: number, work: () => Promise<void>): () => void {
  let busy = false
  return every(intervalMs, () => {
    if (busy) return
    busy = true
    void work()
      .catch(() => {})
      .finally(() => {
        busy = false
      })
  })
}

const REASONS: Record<string, { what: string; remedy: string }> = {
  ENOSPC: { what: 'the disk is full', remedy: 'free some space there, or choose an --out on another disk' },
  EDQUOT: {
    what: "the user's share of the disk is used up",
    remedy: 'free some space there, or choose an --out on another disk',
  },
  EFBIG: {
    what: 'a file is larger than it may be',
    remedy: 'raise `ulimit -f`, or choose an --out on another disk',
  },
  EROFS: {
    what: 'the disk is read-only',
    remedy: 'mount it for writing, or choose an --out on another disk',
  },
  EACCES: { what: 'it may not be written', remedy: 'choose an --out that you may write to' },
  EIO: { what: 'the disk fails', remedy: 'choose an --out on another disk' },
}

/** What the disk answered, as a person can mend it; anything else is as it was. */
function cannotRecord(folder: string, error: unknown): UserError | unknown {
  const code = (error as NodeJS.ErrnoException).code
  const reason = REASONS[code ?? '']
  if (!reason) return error
  const what = `the record in ${folder} could not be written any further: ${reason.what} (${code}). What was recorded until then can be read`
  return environmentLacks(what, reason.remedy, error)
}
