import { formatDuration } from '../base/units.ts'
import { writerOf } from './claim.ts'
import type { ReplicaEvent, RequestRow, RunHeader, TickRow } from './schema.ts'

/**
 * The whole lines of a growing file whose writer or machine died. Two things end it before its end: a last line without
 * its newline, and zeros, which a file system leaves where a file had grown and its data had not reached the disk.
 */
export function wholeLines(bytes: Buffer): { text: string; cutBytes: number } {
  const zero = bytes.indexOf(0)
  const end = bytes.lastIndexOf(0x0a, zero === -1 ? undefined : zero) + 1
  return { text: bytes.toString('utf8', 0, end), cutBytes: bytes.length - end }
}

/** What the reader found of a run that did not end by itself. */
export interface Found {
  ticks: readonly TickRow[]
  replicas: readonly ReplicaEvent[]
  /** Null where they are whole: the run was killed after it had written its Parquet. */
  requests: readonly RequestRow[] | null
  /** Bytes that were left out, by file. */
  cut: Readonly<Record<string, number>>
}

/** The header of a record whose run was killed: `interrupted`, not valid, and what of it is missing. */
export async function interruptedHeader(folder: string, run: RunHeader, found: Found): Promise<RunHeader> {
  const writer = await writerOf(folder)
  const durationMs = run.trace.durationMs
  const endMs = Math.min(lastMs(found), durationMs)
  const at = `after ${formatDuration(endMs)} of ${formatDuration(durationMs)}`
  const what = writer
    ? `the run is still going on (process ${writer.pid}): this is its record ${at}`
    : found.requests === null
      ? 'the run was killed before it ended: all its rows were written, its own verdict was not'
      : `the run was killed before it ended: its record ends ${at}`
  const reasons = [...run.verdict.reasons, what, ...missingRequests(found), ...cutFiles(found)]
  return { ...run, state: 'interrupted', verdict: { valid: false, reasons } }
}

/** Time of the latest row, ms. */
function lastMs({ ticks, replicas, requests }: Found): number {
  const times = [
    ticks.at(-1)?.observation.nowMs ?? 0,
    replicas.at(-1)?.atMs ?? 0,
    ...(requests ?? []).slice(-1).map((row) => row.doneMs ?? row.sentMs),
  ]
  return Math.max(...times)
}

/** Rows are numbered by arrival: a number without a row, below the highest, is of a request that had no answer yet. */
function missingRequests({ requests }: Found): string[] {
  if (!requests?.length) return []
  const highest = requests.reduce((most, { index }) => Math.max(most, index), 0)
  const missing = highest + 1 - requests.length
  if (missing <= 0) return []
  return [
    `of the ${highest + 1} requests up to the latest one with a row, ${missing} have none: they were unanswered when the run was killed, or lost with it`,
  ]
}

const cutFiles = ({ cut }: Found) =>
  Object.entries(cut).map(
    ([file, bytes]) => `${file}: its last ${bytes} bytes are no whole line and are left out`,
  )
