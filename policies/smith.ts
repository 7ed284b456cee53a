import type { Observation } from './policy.ts'

/** What was asked for at a tick, and how many of it the model takes to be ready. */
interface Asked {
  atMs: number
  asked: number
  ready: number
}

export type SmithState = readonly Asked[]

/**
 * Smith predictor for a dead time L, the mean start-up of a replica. Fed back in place of the measured utilisation y is
 *
 *     y - ym(delayed) + ym(undelayed)       ym(n) = min(1, A / n), A the offered load in Erlang
 *
 * undelayed: n replicas as if all that were asked for, those in start-up included, served already. Delayed: those that
 * were asked for during all of the last L, so serve now,
 *
 *     n(t) = min over (t - L, t] of ready + starting        (at a tick: what was asked for since the one before)
 *
 * since a start takes L and a stop takes effect at once; its mean over the observation's window, as y is one. While the
 * model is right the first two terms cancel and the loop sees no dead time; their difference is what the model is wrong
 * by (replicas that serve slower, or are late), and it alone comes with the delay.
 *
 * It is returned in busy replicas, n (y - ym(n)) with n the delayed ones: slower replicas are work that keeps its size, where the
 * difference of shares is smaller among more replicas. Taken as a share of the undelayed ones it would grow with each
 * replica that is asked for, until the first has started: positive feedback for a dead time.
 * Null while y is unknown.
 *
 * Source: Smith, Closer control of loops with dead time, Chem. Eng. Progress 53 (1957); Astrom and Hagglund,
 * Advanced PID Control (2006), 8.3.
 */
export function smithMismatch(
  { nowMs, windowMs, utilisation, replicas }: Observation,
  { offeredErlang, startupMs }: { offeredErlang: number; startupMs: number },
  previous: SmithState,
): { mismatch: number | null; state: SmithState } {
  const kept = previous.filter(({ atMs }) => atMs > nowMs - Math.max(startupMs, windowMs))
  const asked = replicas.ready + replicas.starting
  const ready = kept
    .filter(({ atMs }) => atMs > nowMs - startupMs)
    .reduce((least, past) => Math.min(least, past.asked), asked)
  const state = [...kept, { atMs: nowMs, asked, ready }]
  const inWindow = state.filter(({ atMs }) => atMs > nowMs - windowMs)
  const meanReady = inWindow.reduce((sum, row) => sum + row.ready, 0) / inWindow.length
  if (utilisation === null || meanReady === 0) return { mismatch: null, state }
  return { mismatch: meanReady * utilisation - Math.min(meanReady, offeredErlang), state }
}
