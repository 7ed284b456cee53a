import { mean, quantileSorted, sampleCorrelation } from 'simple-statistics'
import type { RequestTable, RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'

/** Two runs that served the same work, request by request. */
export interface PairedRuns {
  seed: number
  requests: number
  /** Share of the requests that had the same outcome on both sides. */
  sameOutcome: number
  /** Of the requests that were answered well on both sides. */
  answered: number
  /** Simulated - measured response time, ms; null where `answered` is 0. */
  errorMs: { mean: number; medianAbsolute: number; p95Absolute: number } | null
  /** Pearson's, of the response times; null with fewer than two answered or without spread. */
  correlation: number | null
}

/** A sleep that was asked for takes a little longer in reality. */
const SLEEP_ERROR_MS = 5
/** Share of the requests whose work must agree. */
const ALIKE = 0.95

/**
 * Compares a simulated with a live run request by request; null unless both had the same arrivals and the same work
 * (`live run --work SIMULATED`, or `sim run --work LIVE`): blocking and CPU time together within 5 ms for 95 % of the requests
 * that have them.
 */
export function pairedRuns(simulated: RunRecord, live: RunRecord): PairedRuns | null {
  const s = simulated.requests
  const l = live.requests
  const n = s.intendedMs.length
  if (simulated.run.traceHash !== live.run.traceHash || simulated.run.seed !== live.run.seed) return null
  if (n === 0 || n !== l.intendedMs.length || !isSameWork(s, l)) return null
  const all = Array.from({ length: n }, (_, i) => i)
  const both = all.filter((i) => s.outcome[i] === 'ok' && l.outcome[i] === 'ok')
  const predicted = both.map((i) => responseMs(s, i))
  const measured = both.map((i) => responseMs(l, i))
  const errors = predicted.map((ms, k) => ms - measured[k]!)
  const absolute = errors.map(Math.abs).sort((a, b) => a - b)
  return {
    seed: live.run.seed,
    requests: n,
    sameOutcome: all.filter((i) => s.outcome[i] === l.outcome[i]).length / n,
    answered: both.length,
    errorMs:
      both.length === 0
        ? null
        : {
            mean: mean(errors),
            medianAbsolute: quantileSorted(absolute, 0.5),
            p95Absolute: quantileSorted(absolute, 0.95),
          },
    correlation: correlationOf(predicted, measured),
  }
}

function isSameWork(s: RequestTable, l: RequestTable): boolean {
  const workMs = ({ blockingMs, cpuMs }: RequestTable, i: number) => blockingMs[i]! + cpuMs[i]!
  const known = Array.from(s.class, (_, i) => Math.abs(workMs(s, i) - workMs(l, i))).filter(
    (difference) => !Number.isNaN(difference),
  )
  return (
    known.length > 0 &&
    known.filter((difference) => difference <= SLEEP_ERROR_MS).length >= ALIKE * known.length
  )
}

function correlationOf(predicted: number[], measured: number[]): number | null {
  if (predicted.length < 2) return null
  const value = sampleCorrelation(predicted, measured)
  return Number.isFinite(value) ? value : null
}
