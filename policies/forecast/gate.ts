/** What came true of one forecast. */
export interface Outcome {
  /** Actual less forecast, h steps ahead. */
  error: number
  /** Actual less the value of h steps before: the error of expecting no change. */
  naive: number
}

export interface GateState {
  /** Forecasts that are not due yet: at most h. `step` is the one that they are for. */
  pending: readonly { step: number; forecast: number; known: number }[]
  /** The latest outcomes, at most the gate's window. */
  outcomes: readonly Outcome[]
}

export const SHUT_GATE: GateState = { pending: [], outcomes: [] }

/** Fewer outcomes than this say nothing. */
const FEWEST = 10

/** The sample of `step` is known: the forecast for it is judged, and what was due earlier (a lost sample) is dropped. */
export function judge(state: GateState, step: number, actual: number, window: number): GateState {
  const due = state.pending.find((forecast) => forecast.step === step)
  const pending = state.pending.filter((forecast) => forecast.step > step)
  if (!due) return { ...state, pending }
  const outcome = { error: actual - due.forecast, naive: actual - due.known }
  return { pending, outcomes: [...state.outcomes, outcome].slice(-window) }
}

/** A forecast made at `known`, the latest value, for a later step. */
export function noteForecast(state: GateState, forecast: GateState['pending'][number]): GateState {
  return { ...state, pending: [...state.pending, forecast] }
}

/**
 * Mean absolute scaled error of the h-step forecasts over the latest outcomes,
 *
 *     MASE = sum |x(t) - forecast made at t - h| / sum |x(t) - x(t - h)|
 *
 * Below 1 the forecast was better than expecting that nothing changes in h steps, which is what a reactive policy does. Hyndman
 * and Koehler scale by the one-step naive error of a training set; with h steps between, theirs is above 1
 * for every forecast of a random walk. Null with too few outcomes, and where nothing has changed.
 *
 * Source: Hyndman and Koehler, Another look at measures of forecast accuracy, Int. J. Forecasting 22 (2006).
 */
export function mase({ outcomes }: GateState): number | null {
  if (outcomes.length < FEWEST) return null
  const forecast = outcomes.reduce((sum, { error }) => sum + Math.abs(error), 0)
  const naive = outcomes.reduce((sum, outcome) => sum + Math.abs(outcome.naive), 0)
  return naive === 0 ? null : forecast / naive
}

/** The quantile of the past h-step errors, type 7: what to add to a forecast so that this share of them would have been enough. */
export function errorQuantile({ outcomes }: GateState, share: number): number | null {
  if (outcomes.length === 0) return null
  const sorted = outcomes.map(({ error }) => error).sort((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(low + 1, sorted.length - 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}
