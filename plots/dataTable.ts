import { assert } from '../base/assert.ts'
import type { Picture } from './theme.ts'

/** What one mark of a picture tells on hovering, as a table. */
export interface DataTable {
  /** The headings of the panel: its title and that of its vertical axis. */
  caption: string
  head: string[]
  rows: string[][]
}

interface Node {
  title?: string | { text?: string | string[] }
  data?: { values?: Record<string, unknown>[] }
  encoding?: {
    y?: { title?: string | null }
    tooltip?: { field: string; title: string }[]
  }
  layer?: Node[]
  vconcat?: Node[]
  hconcat?: Node[]
}

/** A table for each set of rows that tells something (plots/hover.ts), each once, in the order of the panels. */
export function dataTables(picture: Picture): DataTable[] {
  const tables = (picture as Node).vconcat?.flatMap((panel) => tablesIn(panel, [])) ?? []
  const seen = new Set<string>()
  return tables.filter((table) => {
    const key = JSON.stringify([table.head, table.rows])
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

function tablesIn(node: Node, above: readonly string[]): DataTable[] {
  const own = node.title ? [titleOf(node.title)] : []
  const headings = [...above, ...own]
  const inside = [...(node.layer ?? []), ...(node.vconcat ?? []), ...(node.hconcat ?? [])]
  const axis = node.layer?.map(({ encoding }) => encoding?.y?.title).find((title) => title)
  const captions = axis ? [...headings, axis] : headings
  const tooltip = node.encoding?.tooltip
  const values = node.data?.values ?? []
  return [
    ...(tooltip && tooltip.length > 0 && values.length > 0
      ? [
          {
            caption: above.join(', '),
            head: tooltip.map(({ title }) => title),
            rows: values.map((row) => tooltip.map(({ field }) => textOf(row[field]))),
          },
        ]
      : []),
    ...inside.flatMap((child) => tablesIn(child, captions)),
  ]
}

function titleOf(title: NonNullable<Node['title']>): string {
  const text = typeof title === 'string' ? title : (title.text ?? '')
  return typeof text === 'string' ? text : text.join(' ')
}

function textOf(value: unknown): string {
  assert(typeof value === 'string', `what is told on hovering is a text, not ${JSON.stringify(value)}`)
  return value
}
