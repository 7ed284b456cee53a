import type { Metrics } from '../../analysis/metrics.ts'
import { replicaCounter, type StepSeries } from '../../analysis/replicas.ts'
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
    const supply = new Supply()
    const metrics = runMetrics({ ...scenario, policy, parameters, seed: first + i }, sla, supply)
    return { metrics, supply: supply.series }
  })
}

class Supply implements RunSink {
  readonly series = { atMs: [0], values: [0] }
  readonly #count = replicaCounter(['ready'])

  start(): void {}
  request(): void {}
  tick(): void {}

  replica(event: ReplicaEvent): void {
    const { atMs, values } = this.series
    const count = this.#count(event)
    const now = Math.max(0, event.atMs)
    if (atMs.at(-1) === now) values[values.length - 1] = count
    else {
      atMs.push(now)
      values.push(count)
    }
  }
}
