import type { ElasticityCell } from '../analysis/elasticityCells.ts'
import { assert } from '../base/assert.ts'
import { rowsOf } from './intervalRows.ts'
import { intervalKey, intervalTable, tableWidthPx } from './intervalTable.ts'
import { keyPanel } from './key.ts'
import { inSentence } from './texts.ts'
import { type Headline, headline, type Picture } from './theme.ts'

export interface ElasticityPicture extends Partial<Headline> {
  cells: readonly ElasticityCell[]
}

const UNDER = [
  { metric: 'thetaU', heading: 'Under-provisioning accuracy', unit: 'replicas lacking, % of the demand' },
  { metric: 'tauU', heading: 'Under-provisioning timeshare', unit: '% of the time with too few' },
] as const
const OVER = [
  { metric: 'thetaO', heading: 'Over-provisioning accuracy', unit: 'replicas too many, % of the demand' },
  { metric: 'tauO', heading: 'Over-provisioning timeshare', unit: '% of the time with too many' },
] as const

/** How well each policy's replicas followed the demand, by SPEC's elasticity metrics, predicted and measured: 0 is best. */
export function elasticitySpec({ cells, title, subtitle }: ElasticityPicture): Picture {
  assert(cells.length > 0, 'a picture of elasticity needs at least one policy')
  const rows = rowsOf(cells, 'thetaU')
  const widthPx = tableWidthPx(rows, UNDER.length)
  const heading = title ?? 'How well the replicas followed the demand'
  return {
    description: `${heading}: ${[...UNDER, ...OVER].map((column) => inSentence(column.heading)).join(', ')}, by trace and policy`,
    title: headline(
      {
        title: heading,
        subtitle:
          subtitle ??
          'Against the fewest replicas that keep the promise at the mean rate of each second; 0% is best',
      },
      widthPx,
    ),
    spacing: 30,
    vconcat: [
      keyPanel(intervalKey(cells), { fromPx: 0, widthPx }),
      intervalTable(cells, rows, UNDER),
      intervalTable(cells, rows, OVER),
    ],
  }
}
