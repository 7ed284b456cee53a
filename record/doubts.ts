import { brokenLaws } from './laws.ts'
import type { RunRecord, Verdict } from './schema.ts'

/** Of the laws that a record breaks, as many are told one by one. */
const MOST_TOLD = 3

/**
 * Why a record cannot be believed, a line for each reason: what its own verdict says, and the laws that it breaks. None is good.
 * Asked wherever a record is judged or read: the verdict is of when the run was made, its rows may have been changed since.
 */
export function doubtsOf(record: RunRecord): string[] {
  const { valid, reasons } = record.run.verdict
  const known = valid ? [] : reasons
  const broken = brokenLaws(record)
  const told = broken.slice(0, MOST_TOLD).filter((law) => !known.includes(law))
  const more = `${broken.length - MOST_TOLD} more laws are broken`
  return [...known, ...told, ...(broken.length > MOST_TOLD && !known.includes(more) ? [more] : [])]
}

/** What the record's verdict must be then. */
export function verdictWith(doubts: readonly string[]): Verdict {
  return { valid: doubts.length === 0, reasons: [...doubts] }
}
