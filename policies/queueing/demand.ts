/** The arrival rate as it was last seen, and its smoothed rise, 1/s a second. */
export interface DemandState {
  arrivalsPerS: number | null
  risePerS2: number
}

export const NO_DEMAND: DemandState = { arrivalsPerS: null, risePerS2: 0 }

/** Share of the newest rise in the smoothed one. */
const SMOOTHING = 0.4

/** One more reading of the rate, `stepMs` after the last one. */
export function followDemand(state: DemandState, arrivalsPerS: number, stepMs: number): DemandState {
  const rise = state.arrivalsPerS === null ? 0 : ((arrivalsPerS - state.arrivalsPerS) * 1000) / stepMs
  return { arrivalsPerS, risePerS2: SMOOTHING * rise + (1 - SMOOTHING) * state.risePerS2 }
}

/**
 * Damped trend: rate + rise x (age + d + d^2 + ... + d^i) steps, for the steps i = 1, 2, ... from now on, never below 0.
 * The measured rate is a mean over a window, so it is as old as the window's middle: age = window / 2. A rise
 * that is not more than chance would make of a steady rate, sqrt(rate / window) over half a window, counts as none.
 *
 * Source: Gardner and McKenzie, Forecasting trends in time series, Management Science 31 (1985).
 */
export function demandAhead(
  { arrivalsPerS, risePerS2 }: DemandState,
  { steps, stepMs, windowMs, damping }: { steps: number; stepMs: number; windowMs: number; damping: number },
): number[] {
  const rate = arrivalsPerS ?? 0
  const windowS = windowMs / 1000
  const chance = Math.sqrt(rate / windowS) / (windowS / 2)
  const rise = Math.abs(risePerS2) > chance ? risePerS2 : 0
  let aheadS = windowS / 2
  return Array.from({ length: steps }, (_, i) => {
    aheadS += (damping ** (i + 1) * stepMs) / 1000
    return Math.max(0, rate + rise * aheadS)
  })
}
