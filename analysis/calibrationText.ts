import type { Estimate } from './bootstrap.ts'
import type { Knee } from './knee.ts'
import type { CoresUsed, Step } from './saturation.ts'
import type { FleetPoint } from './scaling.ts'
import type { UslFit } from './usl.ts'

export const number = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '-' : value.toFixed(digits)
const percent = (share: number) => `${(100 * share).toFixed(0)} %`
const coresColumns = (cores: CoresUsed | null) => [number(cores?.replicas, 2), number(cores?.host, 2)]

/** Three significant digits, as many decimals as that takes: 9.31, 312, 0.0127. */
export const digits3 = (value: number) => String(Number(value.toPrecision(3)))
const interval = ({ estimate, lo, hi }: Estimate) =>
  `${digits3(estimate)} (95 %: ${lo === null ? '?' : digits3(lo)} to ${hi === null ? '?' : digits3(hi)})`

/** The steps of experiment (a), a row each. */
export const STEP_HEAD = [
  'offered/s',
  'answered/s',
  'p50 ms',
  'p95 ms',
  'not answered',
  'its cores',
  'cores of host',
]

export function stepRow(step: Step & { cores: CoresUsed | null }): string[] {
  return [
    number(step.offeredPerS, 1),
    number(step.completedPerS, 1),
    number(step.p50Ms, 0),
    number(step.p95Ms, 0),
    percent(step.errorsShare),
    ...coresColumns(step.cores),
  ]
}

export function capacityLine({ capacityPerS, saturated, limitedBy, spells, mostAnsweredPerS }: Knee): string {
  if (capacityPerS === null) return `never saturated: more than ${digits3(mostAnsweredPerS)}/s`
  if (!saturated) {
    return `never saturated: more than ${digits3(mostAnsweredPerS)}/s; the times in service say ${interval(capacityPerS)}/s`
  }
  const from =
    limitedBy === 'refusals' ? `${spells} s in which it refused requests` : `${spells} times in service`
  return `saturates at ${interval(capacityPerS)} answers/s, from ${from}`
}

export function latencyLine({ latency }: Knee): string {
  if (latency === null) return 'p95 of the unloaded replica: unknown'
  const { unloadedP95Ms, ratePerS, belowPerS, abovePerS } = latency
  const unloaded = `p95 of the unloaded replica: ${unloadedP95Ms.toFixed(0)} ms`
  if (ratePerS !== null) {
    return `${unloaded}; twice that at ${digits3(ratePerS)}/s (between the steps of ${digits3(belowPerS!)}/s and ${digits3(abovePerS!)}/s)`
  }
  return abovePerS === null
    ? `${unloaded}; never twice that`
    : `${unloaded}; twice that below ${digits3(abovePerS)}/s`
}

export const intervalOf = ({ lo, hi }: Estimate) => `${digits3(lo!)} to ${digits3(hi!)}`

/** The points of experiment (b), a row each. */
export const FLEET_HEAD = [
  'replicas',
  'throughput/s',
  '95 %',
  'each, of one alone',
  'not answered',
  'p50 ms lightly loaded',
  'p95 ms',
  'their cores',
  'cores of host',
]

/** @param alone throughput of one replica, 1/s; null where it is not known. */
export function fleetRow(
  { replicas, throughputPerS, errorsShare, light, cores }: FleetPoint,
  alone: number | null,
): string[] {
  return [
    String(replicas),
    throughputPerS === null ? 'never saturated' : digits3(throughputPerS.estimate),
    throughputPerS === null ? '-' : intervalOf(throughputPerS),
    throughputPerS === null || alone === null ? '-' : percent(throughputPerS.estimate / replicas / alone),
    percent(errorsShare),
    number(light.p50Ms, 0),
    number(light.p95Ms, 0),
    ...coresColumns(cores),
  ]
}

export function uslLine(usl: UslFit | null): string {
  if (usl === null) return 'scalability law: needs three numbers of replicas that were saturated'
  const { lambda, sigma, kappa, peak, linear, upTo } = usl
  if (linear) return `scales linearly up to n = ${upTo}: ${interval(lambda)} answers/s each`
  const law = `scalability law: lambda ${interval(lambda)}/s, sigma ${interval(sigma)}, kappa ${interval(kappa)}`
  return peak === null ? `${law}; no peak` : `${law}; most at n = ${interval(peak)}`
}
