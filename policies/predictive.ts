import { decisionFor, hold } from './decision.ts'
import { autoregression } from './forecast/autoregression.ts'
import { errorQuantile, type GateState, judge, mase, noteForecast, SHUT_GATE } from './forecast/gate.ts'
import { holtWinters } from './forecast/holtWinters.ts'
import { seasonalNaive } from './forecast/seasonalNaive.ts'
import { extended, NO_SERIES, type Series } from './forecast/series.ts'
import { backlogPerS, loadOf, offeredLoad, setPoint, wholeReplicas } from './offeredLoad.ts'
import type { Observation, Parameters, Policy, PolicyContext } from './policy.ts'
import { highest, recent, type Timed } from './recent.ts'
import { duration, integer, share } from './specs.ts'

export interface PredictiveState {
  /** Arrivals per second, a value an interval. */
  arrivals: Series
  gate: GateState
  /** What was wanted within `scaleInDelayMs`. */
  wanted: readonly Timed[]
}

/**
 * A reactive base, to which a forecast may add and from which it may not take away.
 *
 *     base      ceil((lambda + queued / drain) S / r)    lambda arrivals/s now, S service time in s, r set point
 *     horizon   h = ceil((start-up + interval) / interval) ticks: when what is asked for now can serve
 *     lambda_h  forecast h ticks ahead + the `quantile` of its past h-step errors
 *     wanted    max(base, ceil(lambda_h S / r))  while the gate is open
 *     asked     the most of `wanted` over `scaleInDelayMs`
 *
 * The gate is open while the rolling h-step MASE of the forecasts (forecast/gate.ts) is below 1: while they
 * have been better than expecting no change. Forecasts are made and judged when it is shut, too. So a method that does not
 * suit the load costs nothing, and a wrong forecast costs replicas but no requests. Without a start-up time
 * (`horizonMs` 0 and no model) there is no horizon, and the base alone decides.
 *
 * Source: forecasting methods by Hyndman and Athanasopoulos, Forecasting: principles and practice, 3rd ed.; "never
 * scales in by forecast" as AWS' predictive scaling (Amazon EC2 Auto Scaling user guide, "Predictive scaling").
 */
export const predictive: Policy<PredictiveState> = {
  name: 'predictive',
  summary: 'enough for the present load, and more where a forecast that has proved itself says so',
  source: 'Hyndman and Athanasopoulos, Forecasting: principles and practice, 3rd ed. (OTexts 2021)',
  parameters: {
    utilisation: setPoint(0.65),
    drainMs: {
      description: 'time in which a queue should be worked off; it adds queued / drainMs to the load',
      unit: 'ms',
      min: 100,
      max: 3_600_000,
      default: 2000,
      scale: 'log',
    },
    method: integer('0 Holt-Winters, 1 autoregression, 2 seasonal naive', '1', { min: 0, max: 2 }, 0),
    quantile: share('part of the past errors that the forecast must have covered', 0.75),
    horizonMs: duration('how far ahead; 0 is start-up + interval', { min: 0, max: 3_600_000 }, 0),
    history: integer('past samples that a forecast is made from', 'samples', { min: 10, max: 5000 }, 240),
    judged: integer('past forecasts that the gate judges by', 'forecasts', { min: 10, max: 1000 }, 30),
    seasonMs: duration('what repeats; 0 for none', { min: 0, max: 86_400_000 }, 0),
    level: share('Holt-Winters alpha: smoothing of the level', 0.5),
    trend: share('Holt-Winters beta: smoothing of the trend', 0.2),
    season: share('Holt-Winters gamma: smoothing of the season', 0.1),
    damping: share('Holt-Winters phi: what is left of the trend after a step', 0.95),
    order: integer('p of the autoregression', 'samples', { min: 1, max: 50 }, 6),
    ridge: {
      description: 'penalty of the autoregression, as a share of the squared deviations',
      unit: '1',
      min: 1e-9,
      max: 10,
      default: 1e-3,
      scale: 'log',
    },
    scaleInDelayMs: duration(
      'how long fewer must be wanted before any goes',
      { min: 0, max: 3_600_000 },
      8000,
    ),
  },

  init: () => ({ arrivals: NO_SERIES, gate: SHUT_GATE, wanted: [] }),

  decide(context, observation, previous) {
    const { nowMs, arrivalsPerS: lambda } = observation
    const load = presentLoad(context, observation)
    if (lambda === null || load === null)
      return { decision: hold('load or service time unknown'), state: previous }
    const ahead = lookAhead(context, { nowMs, lambda }, previous)
    const serviceMs = observation.serviceMsMean ?? context.knowledge.serviceMsMean
    const expected =
      ahead.lambda === null || serviceMs === null
        ? null
        : loadOf(ahead.lambda, serviceMs, context.parameters.utilisation!)
    const replicas = wholeReplicas(Math.max(load, expected ?? 0))
    const wanted = recent(
      previous.wanted,
      { atMs: nowMs, value: replicas },
      context.parameters.scaleInDelayMs!,
    )
    const reason = `load ${load.toFixed(2)}, ${ahead.said}${expected === null ? '' : ` ${expected.toFixed(2)}`}`
    return {
      decision: decisionFor(context, observation, { replicas: highest(wanted), reason }),
      state: { arrivals: ahead.arrivals, gate: ahead.gate, wanted },
    }
  },
}

function presentLoad(context: PolicyContext, { arrivalsPerS, queued, serviceMsMean }: Observation) {
  if (arrivalsPerS === null) return null
  const perS = arrivalsPerS + backlogPerS(queued, context.parameters.drainMs!)
  return offeredLoad(context, { arrivalsPerS: perS, serviceMsMean })
}

/** The forecast with its quantile, where there is one and the gate is open; and what is remembered of it in any case. */
function lookAhead(
  { parameters, knowledge, intervalMs }: PolicyContext,
  { nowMs, lambda }: { nowMs: number; lambda: number },
  previous: PredictiveState,
): { lambda: number | null; said: string; arrivals: Series; gate: GateState } {
  const steps = horizonSteps(parameters, knowledge.startupMsMean, intervalMs)
  const step = Math.round(nowMs / intervalMs)
  const sizes = { keep: parameters.history!, bridge: steps ?? 0 }
  const arrivals = extended(previous.arrivals, { step, value: lambda }, sizes)
  if (steps === null) return { lambda: null, said: 'start-up time unknown', arrivals, gate: previous.gate }
  const gate = judge(previous.gate, step, lambda, parameters.judged!)
  const forecast = forecastOf(parameters, arrivals.values, intervalMs, steps)
  if (forecast === null) return { lambda: null, said: 'too little history', arrivals, gate }
  const waiting = noteForecast(gate, { step: step + steps, forecast, known: lambda })
  const score = mase(gate)
  if (score === null || score >= 1) {
    const said = `forecast shut (MASE ${score === null ? 'unknown' : score.toFixed(2)})`
    return { lambda: null, said, arrivals, gate: waiting }
  }
  const upper = forecast + (errorQuantile(gate, parameters.quantile!) ?? 0)
  return { lambda: Math.max(0, upper), said: `MASE ${score.toFixed(2)}, forecast`, arrivals, gate: waiting }
}

function horizonSteps(
  { horizonMs }: Parameters,
  startupMs: number | null,
  intervalMs: number,
): number | null {
  if (horizonMs! > 0) return Math.ceil(horizonMs! / intervalMs)
  return startupMs === null ? null : Math.ceil((startupMs + intervalMs) / intervalMs)
}

function forecastOf(
  parameters: Parameters,
  history: readonly number[],
  intervalMs: number,
  steps: number,
): number | null {
  const period = Math.max(1, Math.round(parameters.seasonMs! / intervalMs))
  if (parameters.method === 1) {
    return autoregression(history, { order: parameters.order!, ridge: parameters.ridge! }, steps)
  }
  if (parameters.method === 2) return seasonalNaive(history, period, steps)
  const { level, trend, season, damping } = parameters
  return holtWinters(
    history,
    { level: level!, trend: trend!, season: season!, damping: damping!, period },
    steps,
  )
}
