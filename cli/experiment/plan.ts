import { badInput } from '../../base/errors.ts'
import { type MatrixCell, parseChoice } from '../validate/matrix.ts'

/** The two final experiments: a load that rises at once, and a day. */
export const LOADS = ['spike', 'diurnal'] as const

/** Without and with the improvement. */
export interface Sides<T> {
  without: T
  with: T
}

export interface ExperimentCell extends MatrixCell {
  /** As --standby takes it. */
  standby: string
}

/**
 * Each load without and with the improvement, in that order. The folders are named so that their order is this one, too.
 * @throws UserError where the two sides would be the same.
 */
export function cellsOfExperiment(policies: Sides<string>, standby: string): ExperimentCell[] {
  if (policies.without === policies.with && standby === 'none') {
    throw badInput({
      place: '--with',
      value: policies.with,
      expected: 'another policy than --without, or --standby: with and without an improvement differ in it',
    })
  }
  return LOADS.flatMap((trace): ExperimentCell[] => [
    { trace, choice: parseChoice(policies.without), folder: `${trace}-1-without`, standby: 'none' },
    { trace, choice: parseChoice(policies.with), folder: `${trace}-2-with`, standby },
  ])
}
