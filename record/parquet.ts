import { messageOf, UserError } from '../base/errors.ts'
import { readBytesFile } from '../base/readText.ts'
import { checkRequest, REQUEST_COLUMNS } from './checkRequests.ts'
import { writeWhole } from './durable.ts'
import type { RequestRow, RequestTable } from './schema.ts'
import { NUMBER_COLUMNS, tableOf } from './table.ts'

/**
 * The request table as Parquet, whole or not at all. NaN is written as null.
 * @see https://parquet.apache.org/docs/file-format/
 */
export async function writeRequests(
  path: string,
  table: RequestTable,
  options: { durable: boolean },
): Promise<void> {
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
  await writeWhole(path, new Uint8Array(buffer), options)
}

const MOST_BYTES = 2000 * 2 ** 20
/** What a row costs in memory while it is read makes 10 GB of them; a damaged footer may claim any number. */
const MOST_ROWS = 50_000_000

/** @throws UserError with the row, the column, its value and what was expected. */
export async function readRequests(path: string): Promise<RequestTable> {
  const { parquetMetadata, parquetReadObjects, parquetSchema } = await import('hyparquet')
  const bytes = readBytesFile(path, { mostBytes: MOST_BYTES })
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  let rows: Record<string, unknown>[]
  try {
    const metadata = parquetMetadata(file)
    assertRequests(
      parquetSchema(metadata).children.map(({ element }) => element.name),
      Number(metadata.num_rows),
    )
    rows = await parquetReadObjects({ file, metadata })
    if (rows.length !== Number(metadata.num_rows))
      throw new Error(`${rows.length} rows where its end speaks of ${metadata.num_rows}`)
  } catch (error) {
    throw new UserError(
      `${path} cannot be read as Parquet: ${messageOf(error)}, expected what sim run --out and live run write`,
      { cause: error },
    )
  }
  const checked = rows.map((row, index): RequestRow => {
    checkRequest(row, () => `${path}: row ${index}`)
    return { ...row, index }
  })
  return tableOf(checked)
}

function assertRequests(columns: readonly string[], rows: number): void {
  if (!(rows >= 0 && rows <= MOST_ROWS)) throw new Error(`${rows} rows, of at most ${MOST_ROWS}`)
  if ([...columns].sort().join() !== [...REQUEST_COLUMNS].sort().join())
    throw new Error(`its columns are ${columns.join(', ')} and not ${REQUEST_COLUMNS.join(', ')}`)
}
