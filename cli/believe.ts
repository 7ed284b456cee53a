import { UserError } from '../base/errors.ts'
import { doubtsOf, verdictWith } from '../record/doubts.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { beyondCalibration, needsOf } from '../sim/calibrated.ts'
import type { CalibratedRange, Model } from '../sim/model.ts'
import { remark } from './program.ts'

/** Says which of these records cannot be believed and why, and that they are used all the same. One line for each reason. */
export function remarkDoubts(folders: readonly string[], records: readonly RunRecord[]): void {
  const found = new Map<string, string[]>()
  for (const [i, record] of records.entries()) {
    const doubts = doubtsOf(record).join('; ')
    if (doubts !== '') found.set(doubts, [...(found.get(doubts) ?? []), folders[i]!])
  }
  for (const [why, which] of found) {
    const others = which.length > 1 ? ` and ${which.length - 1} more` : ''
    remark(`remark: ${which[0]}${others} cannot be believed, and is used all the same: ${why}`)
  }
}

/** A simulated run with its verdict: the laws, and how far it is from what its model was calibrated with. */
export function judgedRun(
  record: RunRecord,
  { model }: { model: Model },
): { record: RunRecord; doubts: string[] } {
  const doubts = [...doubtsOf(record), ...beyondCalibration(model, needsOf(record))]
  return { record: { ...record, run: { ...record.run, verdict: verdictWith(doubts) } }, doubts }
}

/** Says where a model does not reach as far as it is used. */
export function remarkBeyond(model: Model, needs: CalibratedRange): void {
  for (const line of beyondCalibration(model, needs))
    remark(`remark: ${line}. A calibration that goes further would tell: live calibrate, then sim fit`)
}

/** @throws UserError (exit 4) where a run that was just made is not valid: it is named with every reason. */
export function refuseInvalid(
  results: readonly { folder: string; header: Pick<RunHeader, 'verdict'> }[],
): void {
  const lines = results
    .filter(({ header }) => !header.verdict.valid)
    .map(({ folder, header }) => `${folder} is not valid: ${header.verdict.reasons.join('; ')}`)
  if (lines.length > 0) throw new UserError(lines.join('\n'), { exitCode: 4 })
}
