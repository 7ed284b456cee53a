import type { Metrics } from '../../analysis/metrics.ts'
import { replicasOverTime, type StepSeries } from '../../analysis/replicas.ts'
import type { Sla } from '../../analysis/sla.ts'
import type { Parameters, Policy } from '../../policies/policy.ts'
import type { ReplicaEvent } from '../../record/schema.ts'
import type { RunSink } from '../../record/sink.ts'
import { runMetrics } from '../../sim/replicate.ts'
import type { Simulation } from '../../sim/simulation.ts'

/** A policy as it is compared: with its defaults, or with what a search found. */
export interface Entry {
  policy: Policy
  parameters: Parameters
  kind: 'default' | 'tuned'
}

/** One run: the metrics, and how many replicas were ready over time. */
export interface Run {
  metrics: Metrics
  supply: StepSeries
}

/** Runs an entry over the seeds `first`, `first + 1`, ...: the same for every entry, so that all meet the same requests. */
export function runsOf(
  scenario: Omit<Simulation, 'policy' | 'parameters' | 'seed'>,
  { policy, parameters }: Entry,
  { first, count, sla }: { first: number; count: number; sla: Sla },
): Run[] {
  return Array.from({ length: count }, (_, i) => {
    const events: ReplicaEvent[] = []
    const watch: RunSink = {
      start() {},
      request() {},
      tick() {},
      replica: (event) => void events.push(event),
    }
    const metrics = runMetrics({ ...scenario, policy, parameters, seed: first + i }, sla, watch)
    return { metrics, supply: replicasOverTime(events, ['ready']) }
  })
}
