import type { RequestRow, RequestTable } from './schema.ts'

/** Columns of the table that hold numbers, and those whose NaN means "unknown" (null in rows and files). */
export const NUMBER_COLUMNS = [
  'intendedMs',
  'sentMs',
  'doneMs',
  'queueWaitMs',
  'serviceMs',
  'blockingMs',
  'cpuMs',
] as const

/** Rows in any order into columns in order of intended time. */
export function tableOf(rows: readonly RequestRow[]): RequestTable {
  const sorted = [...rows].sort((a, b) => a.index - b.index)
  const numbers = (name: (typeof NUMBER_COLUMNS)[number]) =>
    Float64Array.from(sorted, (row) => row[name] ?? Number.NaN)
  return {
    class: sorted.map((row) => row.class),
    intendedMs: numbers('intendedMs'),
    sentMs: numbers('sentMs'),
    doneMs: numbers('doneMs'),
    queueWaitMs: numbers('queueWaitMs'),
    serviceMs: numbers('serviceMs'),
    blockingMs: numbers('blockingMs'),
    cpuMs: numbers('cpuMs'),
    server: sorted.map((row) => row.server),
    status: Int32Array.from(sorted, (row) => row.status),
    outcome: sorted.map((row) => row.outcome),
  }
}

/** Response time from the intended time, ms; NaN for a request that was never answered. */
export function responseMs(table: RequestTable, index: number): number {
  return table.doneMs[index]! - table.intendedMs[index]!
}

/** The requests that ended, by when they did: positions in the table. */
export function byDone({ doneMs }: Pick<RequestTable, 'doneMs'>): number[] {
  return Array.from(doneMs, (_, i) => i)
    .filter((i) => !Number.isNaN(doneMs[i]!))
    .sort((a, b) => doneMs[a]! - doneMs[b]!)
}
