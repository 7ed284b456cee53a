import { decisionFor, hold } from './decision.ts'
import { leastSquares } from './forecast/leastSquares.ts'
import { offeredLoad, setPoint, wholeReplicas } from './offeredLoad.ts'
import type { Policy } from './policy.ts'
import type { Timed } from './recent.ts'
import { integer } from './specs.ts'

export interface RegState {
  /** Past loads, at most `samples`. */
  loads: readonly Timed[]
}

/**
 * Reg: out at once to the load, in by what a parabola through the past loads says.
 *
 *     n <= load    n becomes ceil(load)
 *     n > load     n becomes ceil(q(now)), q = a + b t + c t^2 fitted to the last `samples` loads by least squares;
 *                  never above n, and never below ceil(load)
 *
 * Differences from the published code: where the parabola is above n it asks for 0 replicas, to be released as far
 * as they are idle; here it holds. The floor of ceil(load) takes the place of that idle-only release. With
 * fewer than three loads, or times that determine no parabola, it holds.
 *
 * Source: Iqbal et al., Adaptive resource provisioning for read intensive multi-tier applications in the cloud, FGCS 27
 * (2011), which takes 60 samples; the code below takes 72.
 */
export const reg: Policy<RegState> = {
  name: 'reg',
  summary: 'out to the load at once, in by a second-degree regression on past loads',
  source: 'Iqbal et al., FGCS 2011; atlarge-research/opendc-autoscaling-prototype, reg_autoscaler.py',
  parameters: {
    utilisation: setPoint(0.8),
    samples: integer('past loads that the parabola is fitted to', 'samples', { min: 3, max: 1000 }, 72),
  },
  init: () => ({ loads: [] }),
  decide(context, observation, previous) {
    const load = offeredLoad(context, observation)
    if (load === null) return { decision: hold('load or service time unknown'), state: previous }
    const { nowMs, target } = observation
    const loads = [...previous.loads, { atMs: nowMs, value: load }].slice(-context.parameters.samples!)
    const said = `load ${load.toFixed(2)}`
    if (target <= load) {
      const replicas = wholeReplicas(load)
      return { decision: decisionFor(context, observation, { replicas, reason: said }), state: { loads } }
    }
    const expected = parabolaNow(loads)
    if (expected === null) return { decision: hold(`${said}, no regression yet`), state: { loads } }
    const replicas = Math.min(target, Math.max(wholeReplicas(load), wholeReplicas(expected)))
    const reason = `${said}, regression ${expected.toFixed(2)}`
    return { decision: decisionFor(context, observation, { replicas, reason }), state: { loads } }
  },
}

/**
 * The fitted parabola's value at the latest time. Time is counted back from it and scaled to 0..1: the fit is the
 * same, and the normal equations stay well conditioned.
 */
export function parabolaNow(loads: readonly Timed[]): number | null {
  const nowMs = loads.at(-1)!.atMs
  const spanMs = nowMs - loads[0]!.atMs
  if (loads.length < 3 || spanMs <= 0) return null
  const rows = loads.map(({ atMs }) => {
    const t = (nowMs - atMs) / spanMs
    return [1, t, t * t]
  })
  const fit = leastSquares(
    rows,
    loads.map(({ value }) => value),
    0,
  )
  return fit === null ? null : fit[0]!
}
