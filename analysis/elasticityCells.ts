import { mean } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import type { Pairing } from './compare.ts'
import { type Elasticity, elasticityOf } from './elasticity.ts'
import { type PredictionInterval, predictionInterval } from './interval.ts'
import { replicasOverTime, type StepSeries } from './replicas.ts'

/** One elasticity metric of one trace and policy; null where a side has no run. */
export interface ElasticityCell {
  trace: string
  policy: string
  metric: keyof Elasticity
  predicted: PredictionInterval | null
  measured: { mean: number; values: number[] } | null
}

const COMPARED = ['thetaU', 'tauU', 'thetaO', 'tauO'] as const
const STEP_MS = 1000

/**
 * How the ready replicas of each trace and policy followed the demand, predicted and measured.
 * @param demandOf the fewest replicas that keep the promise over the time of the pairing's trace.
 */
export function elasticityCells(
  pairings: readonly Pairing[],
  demandOf: (pairing: Pairing) => StepSeries,
): ElasticityCell[] {
  return pairings.flatMap((pairing) => {
    const demand = demandOf(pairing)
    const of = (runs: readonly RunRecord[]) =>
      runs.map(({ run, replicas }) =>
        elasticityOf(demand, replicasOverTime(replicas, ['ready']), {
          durationMs: run.trace.durationMs,
          stepMs: STEP_MS,
        }),
      )
    const simulated = of(pairing.simulated)
    const live = of(pairing.live)
    return COMPARED.map((metric): ElasticityCell => {
      const values = live.map((run) => run[metric])
      return {
        trace: pairing.trace,
        policy: pairing.policy,
        metric,
        predicted: predictionInterval(simulated.map((run) => run[metric])),
        measured: values.length === 0 ? null : { mean: mean(values), values },
      }
    })
  })
}
