import { mean } from 'simple-statistics'
import {
  type BenchCase,
  CONTENDERS,
  type ContenderName,
  exactOf,
  NOISE_REQUESTS,
  PERIOD_MS,
  periodsOf,
  STATISTICS,
  type Statistic,
} from './cases.ts'
import type { Run } from './measure.ts'

type Source = ContenderName | 'exact'

/** One statistic of one case, side by side. */
export interface Agreement {
  case: string
  statistic: Statistic
  values: Partial<Record<Source, number>>
  /** The pair that is furthest from what it may differ by: relative to the larger of the two. */
  difference: number
  allowed: number
  agrees: boolean
}

/** So much is allowed whatever the length of the runs. */
const SYSTEMATIC = 0.03
/** Standard errors of the difference; three are passed by chance about once in 370 comparisons. */
const STANDARD_ERRORS = 3

/**
 * Do all contenders simulate the same? Each pair, and each against the exact value where there is one:
 *
 *     |a - b| / max(a, b)  <=  3 % + 3 s sqrt(1/n_a + 1/n_b)
 *
 * s the statistic's noise (cases.ts: relative standard deviation of one unit of simulated work), n how
 * many units all rounds of a contender add up to; infinite for the exact value. Seeds differ by round and
 * the generators by contender, so all runs are independent. Needs no second round.
 */
export function agreements(cases: readonly BenchCase[], runs: readonly Run[]): Agreement[] {
  return cases.flatMap((bench) =>
    STATISTICS.flatMap((statistic) => {
      const noise = bench.noise[statistic]
      if (noise === undefined) return []
      const samples = samplesOf(bench, statistic, runs)
      const worst = pairsOf(samples)
        .map(([a, b]) => compare(a, b, noise))
        .sort((a, b) => b.difference - b.allowed - (a.difference - a.allowed))[0]
      if (!worst) return []
      const values = Object.fromEntries(samples.map(({ source, value }) => [source, value]))
      return [{ case: bench.name, statistic, values, ...worst, agrees: worst.difference <= worst.allowed }]
    }),
  )
}

interface Sample {
  source: Source
  value: number
  units: number
}

function samplesOf(bench: BenchCase, statistic: Statistic, runs: readonly Run[]): Sample[] {
  const exact = exactOf(bench)[statistic]
  const measured = CONTENDERS.flatMap((contender): Sample[] => {
    const own = runs.filter((run) => run.case === bench.name && run.contender === contender)
    const values = own.map((run) => statisticOf(run, statistic)).filter((value) => value !== undefined)
    if (values.length === 0) return []
    const requests = own.reduce((sum, run) => sum + run.asked, 0)
    return [{ source: contender, value: mean(values), units: requests / NOISE_REQUESTS[bench.model.kind] }]
  })
  if (exact === undefined || measured.length === 0) return measured
  return [...measured, { source: 'exact', value: exact, units: Number.POSITIVE_INFINITY }]
}

function statisticOf(run: Run, statistic: Statistic): number | undefined {
  if (statistic === 'retryShare') return run.retries === undefined ? undefined : run.retries / run.requests
  if (statistic !== 'replicaSecondsPerHour') return run[statistic]
  if (run.replicaSeconds === undefined) return undefined
  return (run.replicaSeconds * 3_600_000) / (periodsOf(run.asked) * PERIOD_MS)
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]))
}

/** Two zeros agree: nobody retried. */
function compare(a: Sample, b: Sample, noise: number): { difference: number; allowed: number } {
  const scale = Math.max(Math.abs(a.value), Math.abs(b.value))
  const allowed = SYSTEMATIC + STANDARD_ERRORS * noise * Math.sqrt(1 / a.units + 1 / b.units)
  return { difference: scale === 0 ? 0 : Math.abs(a.value - b.value) / scale, allowed }
}
