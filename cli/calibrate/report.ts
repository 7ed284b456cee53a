import {
  capacityLine,
  digits3,
  FLEET_HEAD,
  fleetRow,
  intervalOf,
  latencyLine,
  number,
  STEP_HEAD,
  stepRow,
  uslLine,
} from '../../analysis/calibrationText.ts'
import type { UslFit } from '../../analysis/usl.ts'
import { table } from '../output.ts'
import type { Saturation } from './saturationStudy.ts'
import type { Scaling } from './scalingStudy.ts'

export { uslLine } from '../../analysis/calibrationText.ts'

/** Steps and knee of one setting. */
export async function saturationText({ setting, steps, knee }: Saturation): Promise<string> {
  return `${setting.label}: one replica\n\n${await table(STEP_HEAD, steps.map(stepRow), 0)}\n\n${capacityLine(knee)}\n${latencyLine(knee)}`
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
  return `${setting.label}: several replicas\n\n${await table(FLEET_HEAD, rows, 0)}\n\n${uslLine(usl)}`
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
