import type { RunHeader } from '../../record/schema.ts'
import type { Block, Section } from '../document.ts'
import { paragraph, ref } from '../document.ts'
import { liveRecordsOf, type ReportMaterial } from '../material.ts'

/** Machine and versions, as the live records have them; null without a live record. */
export function environmentSection(material: ReportMaterial): Section | null {
  const headers = liveRecordsOf(material).map(({ run }) => run)
  if (headers.length === 0) return null
  const rows = [
    ...rowsOf(headers, ({ host }) => withoutLoad(host)),
    ...rowsOf(headers, ({ versions }) => versions),
    ...rowsOf(headers, appOf),
  ]
  const days = [...new Set(headers.flatMap(({ startedAt }) => startedAt?.slice(0, 10) ?? []))].sort()
  const span = days.length > 1 ? `between ${days[0]} and ${days.at(-1)}` : `on ${days[0] ?? 'an unknown day'}`
  const load = headers
    .flatMap(({ host }) => Number(host?.loadAverageAtStart ?? Number.NaN))
    .filter(Number.isFinite)
  const table: Block = {
    kind: 'table',
    id: 'table-environment',
    caption: [
      'Machine, software and settings of the application, as the records have them. Where runs differ, all values are given.',
    ],
    head: ['', 'value'],
    rows,
    words: [0, 1],
  }
  return {
    id: 'environment',
    title: 'Environment',
    blocks: [
      paragraph(
        `The ${headers.length} live runs were made ${span} (UTC), load generator, proxy, controller and replicas on one machine. `,
        ref('table-environment'),
        ' says which.',
        ...(load.length > 0
          ? [
              ` The load average of the machine before a run was ${Math.min(...load)} to ${Math.max(...load)}.`,
            ]
          : []),
      ),
      table,
    ],
  }
}

function withoutLoad(host: RunHeader['host']): Record<string, string | number> {
  const { loadAverageAtStart: _, ...machine } = host ?? {}
  return machine
}

const appOf = ({ app }: RunHeader) =>
  Object.fromEntries(Object.entries(app ?? {}).map(([name, value]) => [`application: ${name}`, value]))

function rowsOf(
  headers: readonly RunHeader[],
  of: (run: RunHeader) => Readonly<Record<string, string | number>>,
): string[][] {
  const all = headers.map(of)
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))]
  return names.map((name) => [
    name,
    [...new Set(all.flatMap((one) => (name in one ? [String(one[name])] : [])))].join('; '),
  ])
}
