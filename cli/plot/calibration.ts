import { kneeOf } from '../../analysis/knee.ts'
import { stepsWithCores } from '../../analysis/saturation.ts'
import { fleetPointOf, uslOf } from '../../analysis/scaling.ts'
import { uslThroughput } from '../../analysis/usl.ts'
import type { Picture } from '../../plots/index.ts'
import { observedStarts } from '../../sim/fit/startup.ts'
import { uslLine } from '../calibrate/report.ts'
import { startLabel, startRows } from '../calibrate/startupTable.ts'
import { type Given, ofPurpose } from './given.ts'

export async function saturationPicture(given: Given): Promise<Picture> {
  const { saturationSpec } = await import('../../plots/index.ts')
  const records = ofPurpose(given, 'saturation')
  const { capacityPerS, latency } = kneeOf(records)
  const steps = records
    .flatMap(stepsWithCores)
    .map(({ cores, ...step }) => ({ ...step, cores: cores?.replicas ?? null }))
  return saturationSpec({
    steps,
    capacityPerS: capacityPerS?.estimate,
    kneePerS: latency?.ratePerS ?? undefined,
  })
}

export async function scalingPicture(given: Given): Promise<Picture> {
  const { scalingSpec } = await import('../../plots/index.ts')
  const points = ofPurpose(given, 'scaling')
    .map(fleetPointOf)
    .sort((a, b) => a.replicas - b.replicas)
  const usl = uslOf(points)
  const law = usl && {
    lambda: usl.lambda.estimate,
    sigma: usl.sigma.estimate,
    kappa: usl.kappa.estimate,
  }
  return scalingSpec({
    subtitle: sentence(uslLine(usl)),
    points: points.map(({ replicas, throughputPerS, light }) => ({
      replicas,
      throughputPerS: throughputPerS && {
        estimate: throughputPerS.estimate,
        lo: throughputPerS.lo!,
        hi: throughputPerS.hi!,
      },
      lightP95Ms: light.p95Ms,
    })),
    law: law && ((replicas) => uslThroughput(law, replicas)),
  })
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** By method and phase where the records have them; else the whole times. */
export async function startupPicture(given: Given): Promise<Picture> {
  const { phasesSpec, startupSpec } = await import('../../plots/index.ts')
  const records = ofPurpose(given, 'startup')
  const rows = startRows(records)
  if (rows.length > 0)
    return phasesSpec({
      rows: rows.map((row) => ({ label: startLabel(row), ...row.phases, count: row.count })),
    })
  const starts = observedStarts(records).map(({ others, durationMs }) => ({
    concurrent: others + 1,
    durationMs,
  }))
  return startupSpec({ starts })
}
