import type { StepSeries } from '../analysis/replicas.ts'
import { replicasFor, type Slo } from '../policies/queueing/staffing.ts'
import { assertOpenLoop } from '../traces/limits.ts'
import { expectedArrivals } from '../traces/rate.ts'
import { knowledgeOf } from './knowledge.ts'
import type { Simulation } from './simulation.ts'

/** More than this nobody is asked for, whatever the load. */
const MOST_REPLICAS = 1000

/**
 * The demand curve, d(t) of analysis/elasticity.ts: the fewest replicas that keep the SLO in the steady state of the trace's mean
 * rate at time t, step by step. With offered load a = rate x mean service time, and R the response time behind the proxy's
 * balance (policies/queueing):
 *
 *     d(t) = smallest c with a/c < 1 and P(R > sloMs) <= eps
 *
 * A bursty trace is taken at its mean rate. What the policy's own rule for a steady load (`queueing`) would hold if it knew
 * the rate, not what a transient needs.
 * @throws UserError for a closed loop of users, which has no rate of its own.
 */
export function demandOf(
  { trace, model, service: settings }: Pick<Simulation, 'trace' | 'model' | 'service'>,
  slo: Slo,
  stepMs = 1000,
): StepSeries {
  assertOpenLoop(trace, `trace ${trace.name}`)
  const { serviceMsMean, serviceScv, topology } = knowledgeOf(model, trace, settings)
  const service = { serviceMs: serviceMsMean!, serviceScv: serviceScv!, topology: topology! }
  const series: StepSeries = { atMs: [], values: [] }
  let lastPerS: number | null = null
  for (let fromMs = 0; fromMs < trace.durationMs; fromMs += stepMs) {
    const toMs = Math.min(fromMs + stepMs, trace.durationMs)
    const requests = expectedArrivals(trace.load, toMs) - expectedArrivals(trace.load, fromMs)
    const arrivalsPerS = (requests * 1000) / (toMs - fromMs)
    if (arrivalsPerS === lastPerS) continue
    lastPerS = arrivalsPerS
    const replicas = replicasFor({ ...service, arrivalsPerS }, slo, MOST_REPLICAS)
    if (replicas === series.values.at(-1)) continue
    series.atMs.push(fromMs)
    series.values.push(replicas)
  }
  return series
}
