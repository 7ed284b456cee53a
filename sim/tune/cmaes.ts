import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { normal, type Random } from '../../base/random.ts'
import type { Search } from './search.ts'

/** Step size at which a search in the unit cube starts: it covers the cube. */
const FIRST_SIGMA = 0.3
/** A search whose steps are below this in every direction starts anew, with twice the candidates (IPOP). */
const SMALLEST_STEP = 5e-3

/**
 * CMA-ES with rank-one and rank-mu update and cumulative step-size adaptation, in the unit cube. It uses nothing of
 * the values but their order. Candidates outside of the cube are put on its face, and the update is told what was
 * evaluated. With lambda = 4 + floor(3 ln n) candidates a generation, mu = lambda/2 parents and weights
 * ln(mu + 1/2) - ln i. All constants are the tutorial's.
 * Source: Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772 (2016); Auger and Hansen, A restart CMA
 * evolution strategy with increasing population size, CEC 2005.
 */
export class CmaEs implements Search {
  readonly #n: number
  readonly #random: Random
  readonly #start: readonly number[]
  #lambda: number
  #constants: Constants
  #state: State

  constructor(start: readonly number[], random: Random, options: { lambda?: number; sigma?: number } = {}) {
    this.#n = start.length
    this.#random = random
    this.#start = start
    this.#lambda = options.lambda ?? Math.max(6, 4 + Math.floor(3 * Math.log(this.#n)))
    this.#constants = constantsOf(this.#n, this.#lambda)
    this.#state = startState(start, options.sigma ?? FIRST_SIGMA)
  }

  ask(): number[][] {
    const { mean, sigma, basis, scales } = this.#state
    return Array.from({ length: this.#lambda }, () => {
      const z = scales.map((scale) => scale * normal(this.#random))
      return mean.map((m, i) => {
        const step = z.reduce((sum, zj, j) => sum + basis.get(i, j) * zj, 0)
        return Math.min(1, Math.max(0, m + sigma * step))
      })
    })
  }

  tell(bestFirst: readonly (readonly number[])[]): void {
    const n = this.#n
    const { weights, muEff, cc, cs, c1, cmu, damping, expectedNorm } = this.#constants
    const state = this.#state
    const old = state.mean
    const steps = weights.map((_, k) => bestFirst[k]!.map((x, i) => (x - old[i]!) / state.sigma))
    const step = old.map((_, i) => weights.reduce((sum, w, k) => sum + w * steps[k]![i]!, 0))
    state.generation++
    state.mean = old.map((m, i) => m + state.sigma * step[i]!)
    const whitened = whiten(state, step)
    const keep = Math.sqrt(cs * (2 - cs) * muEff)
    state.pathSigma = state.pathSigma.map((p, i) => (1 - cs) * p + keep * whitened[i]!)
    const norm = Math.hypot(...state.pathSigma)
    const stalled =
      norm / Math.sqrt(1 - (1 - cs) ** (2 * state.generation)) >= (1.4 + 2 / (n + 1)) * expectedNorm
    const move = stalled ? 0 : Math.sqrt(cc * (2 - cc) * muEff)
    state.pathC = state.pathC.map((p, i) => (1 - cc) * p + move * step[i]!)
    const lost = stalled ? c1 * cc * (2 - cc) : 0
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const rankMu = weights.reduce((sum, w, k) => sum + w * steps[k]![i]! * steps[k]![j]!, 0)
        const kept = (1 - c1 - cmu + lost) * state.covariance.get(i, j)
        const value = kept + c1 * state.pathC[i]! * state.pathC[j]! + cmu * rankMu
        state.covariance.set(i, j, value)
        state.covariance.set(j, i, value)
      }
    }
    state.sigma *= Math.exp(Math.min(1, (cs / damping) * (norm / expectedNorm - 1)))
    state.sigma = Math.min(1, state.sigma)
    decompose(state)
    if (state.sigma * Math.max(...state.scales) < SMALLEST_STEP) this.#restart()
  }

  /** The mean of the distribution: chance in the values has less of a hand in it than in the best that was seen. */
  belief(): number[] {
    return [...this.#state.mean]
  }

  /** From a random point: the first place was searched. */
  #restart(): void {
    this.#lambda *= 2
    this.#constants = constantsOf(this.#n, this.#lambda)
    this.#state = startState(
      this.#start.map(() => this.#random()),
      FIRST_SIGMA,
    )
  }
}

interface Constants {
  weights: number[]
  muEff: number
  cc: number
  cs: number
  c1: number
  cmu: number
  damping: number
  /** E|N(0, I)|. */
  expectedNorm: number
}

function constantsOf(n: number, lambda: number): Constants {
  const mu = Math.floor(lambda / 2)
  const raw = Array.from({ length: mu }, (_, i) => Math.log((lambda + 1) / 2) - Math.log(i + 1))
  const sum = raw.reduce((total, w) => total + w, 0)
  const weights = raw.map((w) => w / sum)
  const muEff = 1 / weights.reduce((total, w) => total + w * w, 0)
  const cs = (muEff + 2) / (n + muEff + 5)
  const c1 = 2 / ((n + 1.3) ** 2 + muEff)
  return {
    weights,
    muEff,
    cs,
    c1,
    cc: (4 + muEff / n) / (n + 4 + (2 * muEff) / n),
    cmu: Math.min(1 - c1, (2 * (muEff - 2 + 1 / muEff)) / ((n + 2) ** 2 + muEff)),
    damping: 1 + 2 * Math.max(0, Math.sqrt((muEff - 1) / (n + 1)) - 1) + cs,
    expectedNorm: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  }
}

interface State {
  mean: number[]
  sigma: number
  covariance: Matrix
  /** Eigenvectors as columns, and the square roots of the eigenvalues. */
  basis: Matrix
  scales: number[]
  pathC: number[]
  pathSigma: number[]
  generation: number
}

function startState(mean: readonly number[], sigma: number): State {
  const n = mean.length
  return {
    mean: [...mean],
    sigma,
    covariance: Matrix.eye(n),
    basis: Matrix.eye(n),
    scales: mean.map(() => 1),
    pathC: mean.map(() => 0),
    pathSigma: mean.map(() => 0),
    generation: 0,
  }
}

function decompose(state: State): void {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(state.covariance, {
    assumeSymmetric: true,
  })
  state.basis = eigenvectorMatrix
  state.scales = realEigenvalues.map((value) => Math.sqrt(Math.max(value, 1e-20)))
}

/** C^(-1/2) times a step. */
function whiten({ basis, scales }: State, step: readonly number[]): number[] {
  const turned = scales.map((scale, j) => step.reduce((sum, s, i) => sum + basis.get(i, j) * s, 0) / scale)
  return step.map((_, i) => turned.reduce((sum, t, j) => sum + basis.get(i, j) * t, 0))
}
