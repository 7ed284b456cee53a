import type { Estimate } from '../../analysis/bootstrap.ts'
import type { Knee } from '../../analysis/knee.ts'
import type { CoresUsed } from '../../analysis/saturation.ts'
import type { FleetPoint } from '../../analysis/scaling.ts'
import type { UslFit } from '../../analysis/usl.ts'
import { table } from '../output.ts'
import type { Saturation } from './saturationStudy.ts'
import type { Scaling } from './scalingStudy.ts'

const number = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '-' : value.toFixed(digits)
const percent = (share: number) => `${(100 * share).toFixed(0)} %`
const coresColumns = (cores: CoresUsed | null) => [number(cores?.replicas, 2), number(cores?.host, 2)]

/** Three significant digits, as many decimals as that takes: 9.31, 312, 0.0127. */
const digits3 = (value: number) => String(Number(value.toPrecision(3)))
const interval = ({ estimate, lo, hi }: Estimate) =>
  `${digits3(estimate)} (95 %: ${lo === null ? '?' : digits3(lo)} to ${hi === null ? '?' : digits3(hi)})`

/** Steps and knee of one setting. */
export async function saturationText({ setting, steps, knee }: Saturation): Promise<string> {
  const rows = steps.map((step) => [
    number(step.offeredPerS, 1),
    number(step.completedPerS, 1),
    number(step.p50Ms, 0),
    number(step.p95Ms, 0),
    percent(step.errorsShare),
    ...coresColumns(step.cores),
  ])
  const head = ['offered/s', 'answered/s', 'p50 ms', 'p95 ms', 'not answered', 'its cores', 'cores of host']
  return `${setting.label}: one replica\n\n${await table(head, rows, 0)}\n\n${capacityLine(knee)}\n${latencyLine(knee)}`
}

function capacityLine({ capacityPerS, saturated, limitedBy, spells, mostAnsweredPerS }: Knee): string {
  if (capacityPerS === null) return `never saturated: more than ${digits3(mostAnsweredPerS)}/s`
  if (!saturated) {
    return `never saturated: more than ${digits3(mostAnsweredPerS)}/s; the times in service say ${interval(capacityPerS)}/s`
  }
  const from =
    limitedBy === 'refusals' ? `${spells} s in which it refused requests` : `${spells} times in service`
  return `saturates at ${interval(capacityPerS)} answers/s, from ${from}`
}

function latencyLine({ latency }: Knee): string {
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

/** A line for each setting. */
export async function variantsText(results: readonly Saturation[]): Promise<string> {
  const rows = results.map(({ setting, knee }) => [
    setting.label,
    knee.capacityPerS === null ? '-' : digits3(knee.capacityPerS.estimate),
    knee.capacityPerS === null ? '-' : intervalOf(knee.capacityPerS),
    !knee.saturated ? 'never reached' : knee.limitedBy!,
    number(knee.latency?.unloadedP95Ms, 0),
    knee.latency?.ratePerS == null ? '-' : digits3(knee.latency.ratePerS),
  ])
  const head = ['', 'saturates at/s', '95 %', 'limited by', 'unloaded p95 ms', 'p95 doubles at/s']
  return table(head, rows)
}

/** Throughput and latency against the number of replicas, and the law. */
export async function scalingText({ setting, points, usl }: Scaling): Promise<string> {
  const alone = points.find(({ replicas }) => replicas === 1)?.throughputPerS?.estimate ?? null
  const rows = points.map((point) => fleetRow(point, alone))
  const head = [
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
  return `${setting.label}: several replicas\n\n${await table(head, rows, 0)}\n\n${uslLine(usl)}`
}

const intervalOf = ({ lo, hi }: Estimate) => `${digits3(lo!)} to ${digits3(hi!)}`

function fleetRow({ replicas, throughputPerS, errorsShare, light, cores }: FleetPoint, alone: number | null) {
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

/** Settings beside each other; of work that was scaled less far the last columns are empty. */
export async function scalingsText(results: readonly Scaling[]): Promise<string> {
  const fleets = [...new Set(results.flatMap(({ points }) => points.map(({ replicas }) => replicas)))].sort(
    (a, b) => a - b,
  )
  const rows = results.map(({ setting, usl, points }) => [
    setting.label,
    ...fleets.map((n) => {
      const throughput = points.find(({ replicas }) => replicas === n)?.throughputPerS
      return throughput ? digits3(throughput.estimate) : '-'
    }),
    number(points.at(-1)!.light.p95Ms, 0),
    lawOf(usl),
  ])
  const head = ['answers/s', ...fleets.map((n) => `n = ${n}`), 'p95 ms of the largest, lightly loaded', 'law']
  return table(head, rows)
}

function lawOf(usl: UslFit | null): string {
  if (usl === null) return '-'
  return usl.linear ? 'linear' : `sigma ${digits3(usl.sigma.estimate)}, kappa ${digits3(usl.kappa.estimate)}`
}
