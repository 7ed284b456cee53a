import { type PredictionInterval, predictionInterval } from './interval.ts'
import { METRICS, type MetricName, type Metrics } from './metrics.ts'

export type Summary = Partial<Record<MetricName, PredictionInterval>>

/** Mean and 90 % prediction interval of each metric over runs; metrics that no run determines are left out. */
export function summarise(runs: readonly Metrics[]): Summary {
  const entries = METRICS.map((name) => [
    name,
    predictionInterval(runs.map((run) => run[name]).filter((v) => v !== null)),
  ])
  return Object.fromEntries(entries.filter(([, interval]) => interval !== null))
}
