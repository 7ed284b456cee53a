import { Matrix, solve } from 'ml-matrix'
import { quantileSorted } from 'simple-statistics'
import { normal, stream } from '../base/random.ts'
import type { Estimate } from './bootstrap.ts'

/** Throughput of n servers. */
export interface ScalingPoint {
  n: number
  perS: number
  /** Standard error of perS, > 0. */
  standardError: number
}

/**
 * Gunther's Universal Scalability Law, throughput in answers/s of n servers:
 *
 *                          lambda n                    lambda   of one server alone, answers/s
 *     X(n) = ------------------------------------      sigma    contention: the part that cannot be done in parallel
 *            1 + sigma (n - 1) + kappa n (n - 1)       kappa    coherency: what each pair costs
 *
 * sigma and kappa are >= 0. Source: Gunther, Guerrilla Capacity Planning (2007), chapters 4 and 5.
 */
export interface Usl {
  lambda: number
  sigma: number
  kappa: number
}

/** The law fitted to measured points. */
export interface UslFit {
  lambda: Estimate
  sigma: Estimate
  kappa: Estimate
  /** Where throughput is highest, servers: sqrt((1 - sigma) / kappa). Null: it rises on and on; `hi` null: it may. */
  peak: Estimate | null
  /** Whether the points can be told from X(n) = lambda n. */
  linear: boolean
  /** Largest n of the points. */
  upTo: number
}

const RESAMPLES = 1000
const STEPS = 50
/** Of two further parameters, 5 %: the square of the standard normal's, twice. Both are bounded by 0, so it is on the safe side. */
const CHI_SQUARE_2_AT_95 = 5.991
/** The parameters that may differ from 0 beside lambda, where not both may. */
const BOUNDED = [['sigma'], ['kappa'], []] as const

export function uslThroughput({ lambda, sigma, kappa }: Usl, n: number): number {
  return (lambda * n) / denominator({ sigma, kappa }, n)
}

const denominator = ({ sigma, kappa }: Omit<Usl, 'lambda'>, n: number) =>
  1 + sigma * (n - 1) + kappa * n * (n - 1)

/** Servers beyond which throughput falls, at least 1; null where it never does. Gunther, 5.3. */
export function peakOf({ sigma, kappa }: Usl): number | null {
  return kappa > 0 ? Math.max(1, Math.sqrt(Math.max(0, 1 - sigma) / kappa)) : null
}

/**
 * Least squares, each point weighted by 1 / its standard error squared. Intervals (95 %) by parametric bootstrap: each
 * point drawn anew from a normal distribution with its standard error, and the law fitted again. Linear where the straight
 * line's weighted sum of squares is not significantly larger (likelihood ratio, 5 %).
 * Null with fewer than three different n: they determine no curve.
 */
export function fitUsl(points: readonly ScalingPoint[], seed = 5): UslFit | null {
  if (new Set(points.map(({ n }) => n)).size < 3) return null
  const best = fitOnce(points)
  const random = stream(seed, 'usl')
  const draws = Array.from({ length: RESAMPLES }, () =>
    fitOnce(points.map((point) => ({ ...point, perS: point.perS + point.standardError * normal(random) }))),
  )
  const estimate = (of: (law: Usl) => number): Estimate => {
    const sorted = draws.map(of).sort((a, b) => a - b)
    return { estimate: of(best), lo: quantileSorted(sorted, 0.025), hi: quantileSorted(sorted, 0.975) }
  }
  const line = fitShape(points, [])!
  return {
    lambda: estimate(({ lambda }) => lambda),
    sigma: estimate(({ sigma }) => sigma),
    kappa: estimate(({ kappa }) => kappa),
    peak: peakEstimate(best, draws),
    linear: misfit(line, points) - misfit(best, points) < CHI_SQUARE_2_AT_95,
    upTo: Math.max(...points.map(({ n }) => n)),
  }
}

function peakEstimate(best: Usl, draws: readonly Usl[]): Estimate | null {
  const estimate = peakOf(best)
  if (estimate === null) return null
  const sorted = draws.map((law) => peakOf(law) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const hi = quantileSorted(sorted, 0.975)
  return { estimate, lo: quantileSorted(sorted, 0.025), hi: Number.isFinite(hi) ? hi : null }
}

/** Where a parameter comes out below 0 it is 0: then the best of what is left, of which the straight line is always one. */
function fitOnce(points: readonly ScalingPoint[]): Usl {
  const whole = fitShape(points, ['sigma', 'kappa'])
  if (whole) return whole
  const laws = BOUNDED.flatMap((free) => fitShape(points, free) ?? [])
  return laws.reduce((a, b) => (misfit(b, points) < misfit(a, points) ? b : a))
}

/** Null where a parameter comes out below 0. */
function fitShape(points: readonly ScalingPoint[], free: readonly ('sigma' | 'kappa')[]): Usl | null {
  let law = linearised(points, free)
  for (let step = 0; step < STEPS; step++) {
    const next = improved(law, points, free)
    if (!next) break
    law = next
  }
  return law.sigma >= 0 && law.kappa >= 0 && law.lambda > 0 ? law : null
}

/**
 * Start: the law is linear in 1/lambda, sigma/lambda and kappa/lambda,
 *
 *     n / X = 1/lambda + sigma/lambda (n - 1) + kappa/lambda n (n - 1)
 */
function linearised(points: readonly ScalingPoint[], free: readonly ('sigma' | 'kappa')[]): Usl {
  const rows = points.map(({ n, perS, standardError }) => {
    const weight = (perS * perS) / (n * standardError)
    const columns = [1, ...free.map((name) => (name === 'sigma' ? n - 1 : n * (n - 1)))]
    return { columns: columns.map((value) => weight * value), value: (weight * n) / perS }
  })
  const [inverse, ...others] = leastSquares(rows)
  const law: Usl = { lambda: 1 / inverse!, sigma: 0, kappa: 0 }
  free.forEach((name, i) => {
    law[name] = others[i]! / inverse!
  })
  return law
}

/** One Gauss-Newton step, halved until it is better; null where none is. */
function improved(
  law: Usl,
  points: readonly ScalingPoint[],
  free: readonly ('sigma' | 'kappa')[],
): Usl | null {
  const names = ['lambda', ...free] as const
  const rows = points.map(({ n, perS, standardError }) => {
    const below = denominator(law, n)
    const x = uslThroughput(law, n)
    const slope = {
      lambda: n / below,
      sigma: (-x * (n - 1)) / below,
      kappa: (-x * n * (n - 1)) / below,
    }
    return {
      columns: names.map((name) => slope[name] / standardError),
      value: (perS - x) / standardError,
    }
  })
  const move = leastSquares(rows)
  const now = misfit(law, points)
  for (let factor = 1; factor > 1e-4; factor /= 2) {
    const next = { ...law }
    names.forEach((name, i) => {
      next[name] += factor * move[i]!
    })
    if (misfit(next, points) < now * (1 - 1e-12)) return next
  }
  return null
}

/** By the normal equations: at most three unknowns, well apart. */
function leastSquares(rows: readonly { columns: number[]; value: number }[]): number[] {
  const width = rows[0]!.columns.length
  const products = new Matrix(width, width)
  const right = new Matrix(width, 1)
  for (const { columns, value } of rows) {
    columns.forEach((a, i) => {
      right.set(i, 0, right.get(i, 0) + a * value)
      columns.forEach((b, j) => {
        products.set(i, j, products.get(i, j) + a * b)
      })
    })
  }
  return solve(products, right).to1DArray()
}

/** Weighted sum of squares: chi-square distributed where the law is right. */
function misfit(law: Usl, points: readonly ScalingPoint[]): number {
  return points.reduce(
    (sum, { n, perS, standardError }) => sum + ((perS - uslThroughput(law, n)) / standardError) ** 2,
    0,
  )
}
