import type { Identified } from '../../sim/fit/identified.ts'
import { modelRows } from '../../sim/fit/modelRows.ts'
import type { Model } from '../../sim/model.ts'
import { table } from '../output.ts'

export { describe } from '../../sim/fit/modelRows.ts'

/** The model for a person. */
export async function modelTable(model: Model): Promise<string> {
  const { head, rows, more } = modelRows(model)
  return `${await table(head, rows)}\n\n${more.join('\n')}`
}

/** What each quantity is from, and what would tell it. */
export const identifiedTable = (identified: readonly Identified[]): Promise<string> =>
  table(
    ['quantity', 'from', 'n', 'would help'],
    identified.map(({ quantity, from, samples, missing }) => [
      quantity,
      from ?? 'not fitted',
      samples > 0 ? String(samples) : '',
      missing ?? '',
    ]),
    4,
  )
