import { mkdir, rename, writeFile } from 'node:fs/promises'
import { filesOf } from './files.ts'
import { writeRequests } from './parquet.ts'
import type { RunHeader, RunRecord } from './schema.ts'

/** Writes a whole record, the header last: a folder with a run.json is complete. */
export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  const files = filesOf(folder)
  await mkdir(folder, { recursive: true })
  await writeRequests(files.requests, record.requests)
  await writeFile(files.ticks, ndjson(record.ticks))
  await writeFile(files.replicas, ndjson(record.replicas))
  if (record.run.faults) await writeFile(files.faults, ndjson(record.faults ?? []))
  await writeHeader(folder, record.run)
}

/** Replaces the header, whole or not at all. */
export async function writeHeader(folder: string, run: RunHeader): Promise<void> {
  const path = filesOf(folder).run
  await writeFile(`${path}.part`, `${JSON.stringify(run, null, 2)}\n`)
  await rename(`${path}.part`, path)
}

const ndjson = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
