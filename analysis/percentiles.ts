import { quantileSorted } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { responseMs } from '../record/table.ts'
import { type PredictionInterval, predictionInterval } from './interval.ts'
import { ANSWERED } from './outcomes.ts'

/** Points of a curve for each factor of ten in 1 / (1 - p). */
const POINTS_A_DECADE = 24
/** Up to 99.99 %. */
const DECADES = 4

/**
 * The percentiles p at which latency curves are looked at, evenly spaced where the tail is stretched:
 *
 *     p = 1 - 10^-z     z = 0, 1/24, ..., 4     (0, 9.1 %, ..., 90 %, ..., 99 %, ..., 99.99 %)
 *
 * Source: the percentile axis of G. Tene's HdrHistogram plots.
 */
export const STRETCHED: readonly number[] = Array.from(
  { length: DECADES * POINTS_A_DECADE + 1 },
  (_, i) => 1 - 10 ** (-i / POINTS_A_DECADE),
)

/** Response times by percentile, one value for each of STRETCHED, ms; null where the run has too few requests to tell it. */
export type PercentileCurve = (number | null)[]

/**
 * The percentiles (type 7) of the response times of the requests that got an answer, as in the metrics. A percentile
 * beyond 1 - 1/n would only repeat the slowest of n requests: it is null.
 */
export function percentileCurve({ requests }: RunRecord): PercentileCurve {
  const times = requests.outcome
    .flatMap((outcome, i) => (ANSWERED[outcome] ? [responseMs(requests, i)] : []))
    .sort((a, b) => a - b)
  return STRETCHED.map((p) => (1 - p < (1 - 1e-9) / times.length ? null : quantileSorted(times, p)))
}

/** At each of STRETCHED the interval into which a further run's percentile falls with 90 %; null where not all runs tell it. */
export function percentileBand(curves: readonly PercentileCurve[]): (PredictionInterval | null)[] {
  return STRETCHED.map((_, k) => {
    const known = curves.map((curve) => curve[k] ?? null).filter((value) => value !== null)
    return known.length < curves.length ? null : predictionInterval(known)
  })
}
