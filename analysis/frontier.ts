import type { PredictionInterval } from './interval.ts'

/** What a policy costs, and how often it breaks the promise. */
export interface CostAndViolations {
  replicaSeconds: PredictionInterval
  violationShare: PredictionInterval
}

/**
 * Those that no other one beats by their means: none is at most as dear and violates at most as often, one of both
 * strictly less. Cheapest first; of two equals both stay.
 * Source: Pareto efficiency; Deb, Multi-objective optimization using evolutionary algorithms (2001), section 2.4.
 */
export function paretoEfficient<T extends CostAndViolations>(points: readonly T[]): T[] {
  return points
    .filter((point) => !points.some((other) => beats(other, point)))
    .sort(
      (a, b) =>
        a.replicaSeconds.mean - b.replicaSeconds.mean || b.violationShare.mean - a.violationShare.mean,
    )
}

function beats(a: CostAndViolations, b: CostAndViolations): boolean {
  const cost = a.replicaSeconds.mean - b.replicaSeconds.mean
  const violations = a.violationShare.mean - b.violationShare.mean
  return cost <= 0 && violations <= 0 && (cost < 0 || violations < 0)
}
