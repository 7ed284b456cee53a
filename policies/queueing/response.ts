import { type Queue, utilisationOf, waitOf } from './wait.ts'

/** An Erlang distribution: the sum of `phases` exponential times. */
interface Erlang {
  weight: number
  phases: number
  /** Of each phase, ms. */
  meanMs: number
}

/** Service times steadier than scv 1/50 are taken as Erlang-50. */
const MOST_PHASES = 50
/** A wait shorter than this part of the limit is as good as none; the series below then stay within a double's range. */
const SHORTEST_WAIT = 1 / 500

/**
 * P(R > limit), R = wait + service: the share of requests that a steady queue answers too late; 1 where rho >= 1.
 * The wait W is 0 or exponential (wait.ts), the service S has the mixture of Erlang distributions of its two moments.
 */
export function lateShare(queue: Queue, limitMs: number): number {
  if (limitMs <= 0 || utilisationOf(queue) >= 1) return 1
  const { probability, meanMs } = waitOf(queue)
  let late = 0
  for (const part of erlangsOf(queue)) {
    late += part.weight * (1 - probability) * erlangTail(part, limitMs)
    if (probability > 0) late += part.weight * probability * waitedTail(part, meanMs, limitMs)
  }
  return Math.min(1, late)
}

/** P(S > limit): what no number of replicas can mend. */
export function slowShare(queue: Pick<Queue, 'serviceMs' | 'serviceScv'>, limitMs: number): number {
  if (limitMs <= 0) return 1
  return erlangsOf(queue).reduce((sum, part) => sum + part.weight * erlangTail(part, limitMs), 0)
}

/**
 * Two Erlang distributions with the given mean and squared coefficient of variation v: E(k-1) or E(k) where
 * 1/k <= v <= 1/(k-1), and above 1 two exponential ones with balanced means.
 * Source: Tijms, A First Course in Stochastic Models (2003), appendix B.
 */
function erlangsOf({ serviceMs, serviceScv }: Pick<Queue, 'serviceMs' | 'serviceScv'>): Erlang[] {
  if (serviceScv > 1) {
    const p = (1 + Math.sqrt((serviceScv - 1) / (serviceScv + 1))) / 2
    return [p, 1 - p].map((weight) => ({ weight, phases: 1, meanMs: serviceMs / (2 * weight) }))
  }
  const v = Math.max(serviceScv, 1 / MOST_PHASES)
  const k = Math.max(2, Math.ceil(1 / v - 1e-9))
  const p = (k * v - Math.sqrt(Math.max(0, k * (1 + v) - k * k * v))) / (1 + v)
  const meanMs = serviceMs / (k - p)
  return [
    { weight: p, phases: k - 1, meanMs },
    { weight: 1 - p, phases: k, meanMs },
  ]
}

/** P(E > t) = e^-x (1 + x + ... + x^(k-1)/(k-1)!), x = t / phase. */
function erlangTail({ phases, meanMs }: Erlang, tMs: number): number {
  const x = tMs / meanMs
  let term = Math.exp(-x)
  let sum = term
  for (let j = 1; j < phases; j++) {
    term *= x / j
    sum += term
  }
  return sum
}

/**
 * P(W + E > t) for an exponential W of rate theta and an Erlang E of k phases of rate nu:
 *
 *     P(E > t) + e^(-theta t) (nu t)^k/(k-1)! M      M = integral over v from 0 to 1 of v^(k-1) e^(-x v), x = (nu - theta) t
 *
 * M by whichever of its two series has only positive terms (Abramowitz and Stegun, 6.5.29).
 */
function waitedTail(part: Erlang, waitMeanMs: number, tMs: number): number {
  const { phases, meanMs } = part
  const theta = 1 / Math.max(waitMeanMs, tMs * SHORTEST_WAIT)
  const x = tMs / meanMs - theta * tMs
  let scale = Math.exp(-theta * tMs)
  for (let j = 1; j <= phases; j++) scale *= tMs / meanMs / Math.max(1, j - 1)
  const integral = x >= 0 ? Math.exp(-x) * risingSeries(phases, x) : powerSeries(phases, -x)
  return Math.min(1, erlangTail(part, tMs) + scale * integral)
}

/** 1/k + x/(k (k+1)) + x^2/(k (k+1) (k+2)) + ... */
function risingSeries(k: number, x: number): number {
  let term = 1 / k
  let sum = term
  for (let i = 1; term > sum * 1e-12; i++) {
    term *= x / (k + i)
    sum += term
  }
  return sum
}

/** 1/k + y/(1! (k+1)) + y^2/(2! (k+2)) + ... */
function powerSeries(k: number, y: number): number {
  let power = 1
  let sum = 1 / k
  for (let i = 1; ; i++) {
    power *= y / i
    const term = power / (k + i)
    sum += term
    if (term <= sum * 1e-12) return sum
  }
}
