import type { Decision, Observation, PolicyContext } from './policy.ts'

export const hold = (reason: string): Decision => ({ kind: 'hold', reason })

/** The wish within the bounds: a hold where that is what was asked for last. */
export function decisionFor(
  { replicas }: PolicyContext,
  { target }: Observation,
  wish: { replicas: number; reason: string },
): Decision {
  const bounded = Math.min(replicas.max, Math.max(replicas.min, wish.replicas))
  if (bounded === target) return hold(wish.reason)
  return { kind: 'scale', replicas: bounded, reason: wish.reason }
}
