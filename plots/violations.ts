import type { Cell, Comparison } from '../analysis/compare.ts'
import type { Sla } from '../analysis/sla.ts'
import { assert } from '../base/assert.ts'
import { keyOf, type Row, rowsOf } from './intervalRows.ts'
import { intervalKey, intervalTable, tableWidthPx } from './intervalTable.ts'
import { keyPanel } from './key.ts'
import { inSentence } from './texts.ts'
import { type Headline, headline, type Picture } from './theme.ts'
import { type WindowsOf, windowPanels } from './windows.ts'

/** A whole Comparison, or its cells with what is known beside them. */
export interface ViolationsPicture extends Partial<Headline> {
  cells: readonly Cell[]
  sla?: Sla | Comparison['sla']
  /** Window by window, a panel each; absent where only the whole runs are compared. */
  windows?: readonly WindowsOf[]
}

const SHARES = [
  { metric: 'violationShare', heading: 'Requests that violate the SLA', unit: '% of requests' },
  { metric: 'windowViolationShare', heading: 'Windows that violate the SLA', unit: '% of windows' },
] as const

/**
 * Predicted against measured violation shares: a table with a row for each trace and policy, and below it how they lie over
 * the windows of the SLA.
 */
export function violationsSpec({ cells, sla, windows = [], title, subtitle }: ViolationsPicture): Picture {
  const columns = SHARES.filter(({ metric }) => cells.some((cell) => cell.metric === metric))
  assert(columns.length > 0, 'a picture of violations needs a violation share')
  const shares = cells.filter((cell) => columns.some(({ metric }) => metric === cell.metric))
  const rows = rowsOf(shares, columns[0]!.metric)
  const widthPx = tableWidthPx(rows, columns.length)
  const heading = title ?? 'SLA violations, predicted and measured'
  return {
    description: `${heading}: ${columns.map((column) => inSentence(column.heading)).join('; ')}, by trace and policy${windows.length > 0 ? ', and window by window' : ''}`,
    title: headline({ title: heading, subtitle: subtitle ?? slaText(sla) }, widthPx),
    spacing: 26,
    vconcat: [
      keyPanel(intervalKey(shares), { fromPx: 0, widthPx }),
      intervalTable(shares, rows, columns),
      ...windowPanels(inOrder(windows, rows), { sla: typeof sla === 'object' ? sla : null, widthPx }),
    ],
  }
}

/** As the rows of the table. */
function inOrder(windows: readonly WindowsOf[], rows: readonly Row[]): WindowsOf[] {
  const place = (own: WindowsOf) => rows.findIndex(({ key }) => key === keyOf(own))
  return [...windows].sort((a, b) => place(a) - place(b))
}

function slaText(sla: ViolationsPicture['sla']): string | undefined {
  return sla === undefined ? undefined : `SLA: ${typeof sla === 'string' ? sla : sla.text}`
}
