import { basename, join } from 'node:path'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'

/** The records below a folder of notebooks/data, in natural order, and the name of each. */
export async function recordsIn(...folders: string[]): Promise<{ records: RunRecord[]; names: string[] }> {
  const found = await findRecords(folders.map((folder) => join(import.meta.dirname, 'data', folder)))
  return { records: await Promise.all(found.map(readRecord)), names: found.map((path) => basename(path)) }
}
