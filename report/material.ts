import type { Comparison, Pairing } from '../analysis/compare.ts'
import type { Sla } from '../analysis/sla.ts'
import type { Picture } from '../plots/index.ts'
import type { RunRecord } from '../record/schema.ts'
import type { Identified } from '../sim/fit/identified.ts'
import type { Model } from '../sim/model.ts'
import type { Author } from './document.ts'
import type { OwnText } from './ownText.ts'

export const CALIBRATIONS = ['saturation', 'scaling', 'startup'] as const
export type CalibrationKind = (typeof CALIBRATIONS)[number]

/** Calibration records of one folder: one setting of the service. */
export interface Calibration {
  /** The folder's name. */
  label: string
  records: Readonly<Record<CalibrationKind, readonly RunRecord[]>>
  pictures: Readonly<Partial<Record<CalibrationKind, Picture>>>
}

/** What the report says of the fit. */
export interface Fit {
  model: Model
  /** Where each quantity came from; null where the model was read from a file. */
  identified: readonly Identified[] | null
  /** Fitted against held-out values; none where no calibration was given. */
  pictures: readonly Picture[]
}

/** Which two set-ups an experiment was made to compare, by their labels. */
export interface Improvement {
  without: string
  with: string
}

/** All that a report is made from. The sections are pure functions of it. */
export interface ReportMaterial {
  title: string
  /** The command that made it. */
  command: string
  sla: Sla
  authors: readonly Author[]
  own: OwnText
  calibrations: readonly Calibration[]
  fit: Fit | null
  /** Runs of a policy, by trace and set-up, in the order given. */
  runs: readonly Pairing[]
  comparison: Comparison
  improvement: Improvement | null
  /** SVG of the system's diagram. */
  diagram: string
}

/** Every record, calibrations first. */
export function recordsOf({ calibrations, runs }: ReportMaterial): RunRecord[] {
  return [
    ...calibrations.flatMap(({ records }) => CALIBRATIONS.flatMap((kind) => records[kind])),
    ...runs.flatMap(({ simulated, live }) => [...simulated, ...live]),
  ]
}

export const liveRecordsOf = (material: ReportMaterial): RunRecord[] =>
  recordsOf(material).filter(({ run }) => run.mode === 'live')

/** A run of the pairing, for what all its runs have in common; a live one where there is one. */
export const exampleOf = ({ live, simulated }: Pairing): RunRecord => live[0] ?? simulated[0]!

/** Set-ups by trace, in the order given. */
export const byTrace = (runs: readonly Pairing[]): Pairing[][] => [
  ...Map.groupBy(runs, (pairing) => exampleOf(pairing).run.traceHash).values(),
]

/** A trace file's path without its folders. */
export const traceName = (trace: string): string => trace.split('/').at(-1)!
