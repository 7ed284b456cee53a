import { assert } from '../base/assert.ts'
import { integralS, type StepSeries, valueAt } from './replicas.ts'

/**
 * How well a supply of replicas followed the demand for them.
 *
 *     d(t)   demand: fewest replicas that keep the SLO at the load of time t        T   length of the run
 *     s(t)   supply: ready replicas                                                 E   unit changes of a series, sum of |steps|
 *
 *     thetaU       1/T integral max(d - s, 0) / max(d, 1) dt           accuracy: what was lacking, in demands
 *     thetaO       1/T integral max(s - d, 0) / max(d, 1) dt           accuracy: what was too much, in demands
 *     tauU, tauO   share of T with s < d, with s > d                   timeshare
 *     instability  share of the steps in which s and d move differently: sgn(change of s) <> sgn(change of d)
 *     jitterPerS   (E(s) - E(d)) / T                                   below 0 sluggish, above 0 nervous
 *
 * Shares are 0 to 1 (thetaO has no upper end); 0 is best, also for jitter. A demand of 0 counts as 1 in the divisor.
 * A step function has no slope, so the directions are those between samples `stepMs` apart.
 *
 * Source: Bauer, Grohmann, Herbst and Kounev, On the value of service demand estimation for auto-scaling (2018), and
 * Herbst et al., Quantifying cloud performance and dependability, ACM ToMPECS 3 (2018), which is SPEC RG's proposal.
 */
export interface Elasticity {
  thetaU: number
  thetaO: number
  tauU: number
  tauO: number
  instability: number
  jitterPerS: number
}

/** @param span T, and the time between two samples for the instability. */
export function elasticityOf(demand: StepSeries, supply: StepSeries, span: Span): Elasticity {
  const share = (of: (d: number, s: number) => number) => meanOf(demand, supply, span, of)
  const moves = movesOf(demand, supply, span)
  const inSeconds = span.durationMs / 1000
  return {
    thetaU: share((d, s) => Math.max(d - s, 0) / Math.max(d, 1)),
    thetaO: share((d, s) => Math.max(s - d, 0) / Math.max(d, 1)),
    tauU: share((d, s) => Number(s < d)),
    tauO: share((d, s) => Number(s > d)),
    instability: moves.filter(({ d, s }) => d !== s).length / moves.length,
    jitterPerS: (unitChanges(supply, span) - unitChanges(demand, span)) / inSeconds,
  }
}

export interface Span {
  durationMs: number
  stepMs: number
}

/**
 * The same comparison in the words of Ilyushkin et al., An experimental performance evaluation of autoscaling policies
 * for complex workflows, ICPE 2017:
 *
 *     aU, aO              1/(T R) integral max(d - s, 0) dt, max(s - d, 0) dt        R   all replicas that there could be
 *     aUNormalised, ...O  the same in demands: thetaU and thetaO
 *     tU, tO              tauU and tauO
 *     kOver, kUnder       share of the steps in which s moves above what d does, below it: together the instability
 *
 * (Their aO-bar divides by the demand, too; versions of it that divide by the supply are about.)
 */
export interface WorkflowElasticity {
  aU: number
  aO: number
  aUNormalised: number
  aONormalised: number
  tU: number
  tO: number
  kOver: number
  kUnder: number
}

export function workflowElasticityOf(
  demand: StepSeries,
  supply: StepSeries,
  { resources, ...span }: Span & { resources: number },
): WorkflowElasticity {
  const { thetaU, thetaO, tauU, tauO } = elasticityOf(demand, supply, span)
  const moves = movesOf(demand, supply, span)
  return {
    aU: meanOf(demand, supply, span, (d, s) => Math.max(d - s, 0)) / resources,
    aO: meanOf(demand, supply, span, (d, s) => Math.max(s - d, 0)) / resources,
    aUNormalised: thetaU,
    aONormalised: thetaO,
    tU: tauU,
    tO: tauO,
    kOver: moves.filter(({ d, s }) => s > d).length / moves.length,
    kUnder: moves.filter(({ d, s }) => s < d).length / moves.length,
  }
}

const COMPARED = ['thetaU', 'thetaO', 'tauU', 'tauO'] as const

/**
 * Elastic speed-up: geometric mean of baseline / policy over thetaU, thetaO, tauU and tauO; above 1 the policy is better.
 * 0/0 counts as 1. Null: the policy has a 0 where the baseline has none, so that no number says how much better it is.
 * Source: as Elasticity.
 */
export function elasticSpeedUp(policy: Elasticity, baseline: Elasticity): number | null {
  const ratios = COMPARED.map((name) => (policy[name] === baseline[name] ? 1 : baseline[name] / policy[name]))
  if (ratios.includes(Number.POSITIVE_INFINITY)) return null
  return ratios.reduce((product, ratio) => product * ratio, 1) ** (1 / COMPARED.length)
}

/** 1/T integral of a function of both. */
function meanOf(
  demand: StepSeries,
  supply: StepSeries,
  { durationMs }: Span,
  of: (d: number, s: number) => number,
): number {
  const atMs: number[] = [0]
  const values: number[] = [of(valueAt(demand, 0), valueAt(supply, 0))]
  let d = nextAfter(demand, 0)
  let s = nextAfter(supply, 0)
  while (d < demand.atMs.length || s < supply.atMs.length) {
    const nextMs = Math.min(demand.atMs[d] ?? Infinity, supply.atMs[s] ?? Infinity)
    while (demand.atMs[d] === nextMs) d++
    while (supply.atMs[s] === nextMs) s++
    atMs.push(nextMs)
    values.push(of(demand.values[Math.max(0, d - 1)]!, supply.values[Math.max(0, s - 1)]!))
  }
  return (integralS({ atMs, values }, durationMs) * 1000) / durationMs
}

/** Index of the first step later than a time. */
function nextAfter({ atMs }: StepSeries, timeMs: number): number {
  const index = atMs.findIndex((at) => at > timeMs)
  return index < 0 ? atMs.length : index
}

/** Where each went from sample to sample: 1 up, -1 down, 0 nowhere. */
function movesOf(
  demand: StepSeries,
  supply: StepSeries,
  { durationMs, stepMs }: Span,
): { d: number; s: number }[] {
  const steps = Math.floor(durationMs / stepMs)
  assert(steps >= 1, `${durationMs} ms hold a sample each ${stepMs} ms`)
  const demands = samples(demand, steps, stepMs)
  const supplies = samples(supply, steps, stepMs)
  return Array.from({ length: steps }, (_, i) => ({
    d: Math.sign(demands[i + 1]! - demands[i]!),
    s: Math.sign(supplies[i + 1]! - supplies[i]!),
  }))
}

/** The value at 0, stepMs, ..., steps x stepMs. */
function samples({ atMs, values }: StepSeries, steps: number, stepMs: number): number[] {
  let next = 0
  return Array.from({ length: steps + 1 }, (_, i) => {
    while (next < atMs.length && atMs[next]! <= i * stepMs) next++
    return values[Math.max(0, next - 1)]!
  })
}

/** Replicas more or fewer, step by step, after the start and before the end. */
function unitChanges({ atMs, values }: StepSeries, { durationMs }: Span): number {
  let changes = 0
  for (let i = 1; i < atMs.length; i++)
    if (atMs[i]! > 0 && atMs[i]! < durationMs) changes += Math.abs(values[i]! - values[i - 1]!)
  return changes
}
