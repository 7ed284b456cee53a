/** Since when fewer replicas than the target have been wanted, and the most that were wanted since; null while not. */
export interface ScaleInState {
  belowSinceMs: number | null
  mostWanted: number
}

export const NOT_BELOW: ScaleInState = { belowSinceMs: null, mostWanted: 0 }

/**
 * Out at once, in with delay: fewer replicas only after fewer were wanted for `delayMs` without a break, and
 * then as many as were wanted at most in that time.
 */
export function afterScaleInDelay(
  { wanted, target, nowMs, delayMs }: { wanted: number; target: number; nowMs: number; delayMs: number },
  state: ScaleInState,
): { replicas: number; state: ScaleInState } {
  if (wanted >= target) return { replicas: wanted, state: NOT_BELOW }
  const belowSinceMs = state.belowSinceMs ?? nowMs
  const mostWanted = state.belowSinceMs === null ? wanted : Math.max(wanted, state.mostWanted)
  if (nowMs - belowSinceMs < delayMs) return { replicas: target, state: { belowSinceMs, mostWanted } }
  return { replicas: mostWanted, state: NOT_BELOW }
}
