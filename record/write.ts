import { mkdir } from 'node:fs/promises'
import { claimFolder } from './claim.ts'
import { writeWhole } from './durable.ts'
import { filesOf } from './files.ts'
import { writeRequests } from './parquet.ts'
import type { RunHeader, RunRecord } from './schema.ts'

/** A simulation can be made again: twenty of them are not to wait for the disk a hundred times. */
const durability = ({ mode }: RunHeader) => ({ durable: mode === 'live' })

/**
 * Writes a whole record, the header last: a folder with a run.json is complete.
 * @throws UserError where another run writes into the folder, or has made its record there.
 */
export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  const files = filesOf(folder)
  await mkdir(folder, { recursive: true })
  const release = await claimFolder(folder)
  try {
    const how = durability(record.run)
    await writeRequests(files.requests, record.requests, how)
    await writeWhole(files.ticks, ndjson(record.ticks), how)
    await writeWhole(files.replicas, ndjson(record.replicas), how)
    if (record.run.faults) await writeWhole(files.faults, ndjson(record.faults ?? []), how)
    await writeHeader(folder, record.run)
  } finally {
    await release()
  }
}

/** Replaces the header, whole or not at all. */
export function writeHeader(folder: string, run: RunHeader): Promise<void> {
  return writeWhole(filesOf(folder).run, `${JSON.stringify(run, null, 2)}\n`, durability(run))
}

const ndjson = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
