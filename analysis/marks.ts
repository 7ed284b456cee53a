import { max, median } from 'simple-statistics'
import type { Cell, Comparison } from './compare.ts'
import type { MetricName } from './metrics.ts'

/** One thing that a twin that cannot be told from the original must reach. */
export interface Mark {
  what: string
  /** Bound, and what was found, in one unit; null where the runs do not determine it. */
  wanted: number
  found: number | null
  /** Whether `found` may be at most `wanted`, or must be at least that. */
  sense: 'at most' | 'at least'
  unit: 'points' | 'share' | '1'
  met: boolean | null
}

/** Up to this utilisation a latency is easy to predict; above, it is all queue. */
const MODERATE = 0.8

/** The marks of fidelity, for a matrix of at least four policies on four traces. */
export function marksOf(comparison: Comparison): Mark[] {
  const shares = cellsOf(comparison, 'violationShare').map(({ error }) => Math.abs(error))
  const ratio = (metric: MetricName) => comparison.fidelityRatio[metric] ?? null
  const p95 = p95Errors(comparison)
  const mark = (
    what: string,
    sense: Mark['sense'],
    wanted: number,
    found: number | null,
    unit: Mark['unit'],
  ): Mark => ({
    what,
    sense,
    wanted,
    found,
    unit,
    met: found === null ? null : sense === 'at most' ? found <= wanted : found >= wanted,
  })
  return [
    mark('error of the violation share, median', 'at most', 0.02, orNull(shares, median), 'points'),
    mark('error of the violation share, worst', 'at most', 0.06, orNull(shares, max), 'points'),
    mark(
      `error of p95 at utilisation up to ${MODERATE}, worst`,
      'at most',
      0.1,
      orNull(p95.moderate, max),
      'share',
    ),
    mark(`error of p95 above, worst`, 'at most', 0.2, orNull(p95.high, max), 'share'),
    mark('measured values within their 90 % interval', 'at least', 0.85, comparison.coverage, 'share'),
    mark("rank agreement of the policies (Kendall's tau)", 'at least', 0.8, comparison.rankCorrelation, '1'),
    mark('fidelity ratio, violation share', 'at most', 1.5, ratio('violationShare'), '1'),
    mark('fidelity ratio, p95', 'at most', 1.5, ratio('responseMsP95'), '1'),
  ]
}

const cellsOf = ({ cells }: Comparison, metric: MetricName) => cells.filter((cell) => cell.metric === metric)

/** |predicted - measured| / measured of each cell's p95. */
function p95Errors(comparison: Comparison): { moderate: number[]; high: number[] } {
  const errors = cellsOf(comparison, 'responseMsP95').map((cell) => ({
    relative: Math.abs(cell.error) / cell.measured.mean,
    utilisation: utilisationAt(comparison, cell),
  }))
  const of = (wanted: boolean) =>
    errors.filter(({ utilisation }) => utilisation <= MODERATE === wanted).map(({ relative }) => relative)
  return { moderate: of(true), high: of(false) }
}

function utilisationAt({ pairs }: Comparison, { trace, policy }: Cell): number {
  return pairs.find((pair) => pair.trace === trace && pair.policy === policy)?.utilisation ?? 1
}

const orNull = (values: number[], of: (values: number[]) => number) =>
  values.length === 0 ? null : of(values)
