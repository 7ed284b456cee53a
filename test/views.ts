import { expect } from 'vitest'
import { replicasOverTime, valueAt } from '../analysis/replicas.ts'
import type { Outcome, RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'

/** What the scenarios of both sides look at in a record. */
export const readyAt = (record: RunRecord, atMs: number): number =>
  valueAt(replicasOverTime(record.replicas, ['ready']), atMs)

/** Each outcome that there was. */
export const outcomes = ({ requests }: RunRecord): Outcome[] => [...new Set(requests.outcome)]

/** Indices of the requests intended in a span. */
export function intendedIn({ requests }: RunRecord, fromMs: number, toMs: number): number[] {
  return Array.from(requests.intendedMs, (_, i) => i).filter(
    (i) => requests.intendedMs[i]! >= fromMs && requests.intendedMs[i]! < toMs,
  )
}

/** Longest response time of the requests intended in a span, ms. */
export function slowest(record: RunRecord, fromMs: number, toMs: number): number {
  const times = intendedIn(record, fromMs, toMs).map((i) => responseMs(record.requests, i))
  expect(times.length).toBeGreaterThan(0)
  return Math.max(...times)
}

/** Both ends included. */
export function expectWithin(value: number, lo: number, hi: number): void {
  expect(value).toBeGreaterThanOrEqual(lo)
  expect(value).toBeLessThanOrEqual(hi)
}
