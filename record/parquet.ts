import { readFile, rename, writeFile } from 'node:fs/promises'
import { OUTCOMES, type Outcome, type RequestRow, type RequestTable } from './schema.ts'
import { NUMBER_COLUMNS, tableOf } from './table.ts'

/**
 * The request table as Parquet, whole or not at all (temporary file, then rename). NaN is written as null.
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function writeRequests(path: string, table: RequestTable): Promise<void> {
  const { parquetWriteBuffer } = await import('hyparquet-writer')
  const numbers = NUMBER_COLUMNS.map((name) => ({
    name,
    type: 'DOUBLE' as const,
    nullable: true,
    data: Array.from(table[name], (value) => (Number.isNaN(value) ? null : value)),
  }))
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'class', type: 'STRING', nullable: false, data: table.class },
      ...numbers,
      { name: 'server', type: 'STRING', nullable: false, data: table.server },
      { name: 'status', type: 'INT32', nullable: false, data: Array.from(table.status) },
      { name: 'outcome', type: 'STRING', nullable: false, data: table.outcome },
    ],
  })
  await writeFile(`${path}.part`, new Uint8Array(buffer))
  await rename(`${path}.part`, path)
}

export async function readRequests(path: string): Promise<RequestTable> {
  const { parquetReadObjects } = await import('hyparquet')
  const bytes = await readFile(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const rows = await parquetReadObjects({ file: file as ArrayBuffer })
  return tableOf(rows.map((row, index) => ({ ...row, index, outcome: asOutcome(row.outcome) }) as RequestRow))
}

function asOutcome(text: unknown): Outcome {
  const outcome = OUTCOMES.find((candidate) => candidate === text)
  if (!outcome) throw new Error(`outcome is ${JSON.stringify(text)}, expected one of ${OUTCOMES.join(', ')}`)
  return outcome
}
