import { badInput } from '../../base/errors.ts'
import type { Picture } from '../../plots/index.ts'
import { saturationPicture, scalingPicture, startupPicture } from './calibration.ts'
import { elasticityPicture } from './elasticity.ts'
import { fitPicture } from './fit.ts'
import { type Given, type PlotFlags, recordsOf } from './given.ts'
import { landscapePicture } from './landscape.ts'
import {
  frontierPicture,
  latencyPicture,
  replicasPicture,
  timelinePicture,
  violationsPicture,
} from './runs.ts'

type Draw = (given: Given, flags: PlotFlags) => Promise<Picture>

/** What `sim plot` draws, by the name of its --kind. */
export const KINDS = {
  timeline: timelinePicture,
  violations: violationsPicture,
  latency: latencyPicture,
  replicas: replicasPicture,
  frontier: frontierPicture,
  elasticity: elasticityPicture,
  saturation: saturationPicture,
  scaling: scalingPicture,
  startup: startupPicture,
  fit: fitPicture,
  landscape: landscapePicture,
} satisfies Record<string, Draw>
export type Kind = keyof typeof KINDS

/** By what there is: a model's fits, a search's landscape, a calibration's picture, else the timeline of the runs. */
export function kindOf(given: Given): Kind {
  if (given.file) {
    const { path, json } = given.file
    if (isObject(json) && 'classes' in json) return 'fit'
    if (isObject(json) && 'tuned' in json) return 'landscape'
    throw badInput({
      place: path,
      value: isObject(json) ? Object.keys(json).slice(0, 5).join(', ') : json,
      expected: 'a model (sim fit -o) or what a search found (sim tune --out)',
      remedy: 'Records are given by their folders',
    })
  }
  const purposes = recordsOf(given, 'timeline').map(({ run }) => run.purpose)
  return (['saturation', 'scaling', 'startup'] as const).find((kind) => purposes.includes(kind)) ?? 'timeline'
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
