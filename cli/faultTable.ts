import { mean, median } from 'simple-statistics'
import { AFTERMATH_MS, type FaultImpact } from '../analysis/faultImpact.ts'
import { formatDuration } from '../base/units.ts'
import { table } from './output.ts'

/** What the same faults did in several runs, under a name where there are several such groups. */
export interface FaultedRuns {
  name: string
  runs: readonly (readonly FaultImpact[])[]
}

/** What each fault did, by group; '' where no run had one. */
export async function faultTable(groups: readonly FaultedRuns[]): Promise<string> {
  const faults = [...new Set(groups.flatMap(({ runs }) => runs.flat().map(({ fault }) => fault)))]
  if (faults.length === 0) return ''
  const rows = faults.flatMap((fault) =>
    groups.flatMap(({ name, runs }) => {
      const own = runs.flatMap((run) => run.filter((impact) => impact.fault === fault))
      return own.length === 0 ? [] : [[fault, name, ...cells(own)]]
    }),
  )
  const head = [
    'fault',
    '',
    'hit',
    'requests',
    'not answered',
    'violations',
    'before it',
    'replicas back after',
  ]
  const about = `what the faults did, until ${formatDuration(AFTERMATH_MS)} after each was over`
  return `${about}\n\n${await table(head, rows, 3)}`
}

function cells(impacts: readonly FaultImpact[]): string[] {
  const impossible = impacts.filter((impact) => impact.impossible !== null)
  const hit = [...new Set(impacts.map((impact) => impact.hit))].filter(Boolean).join(', ')
  const back = impacts.flatMap(({ replicasBackMs }) => replicasBackMs ?? [])
  return [
    impossible.length > 0 ? `nothing: ${impossible[0]!.impossible}` : hit || '-',
    mean(impacts.map(({ requests }) => requests)).toFixed(0),
    spread(impacts.map(({ failed }) => failed)),
    percent(impacts.flatMap(({ violationShare }) => violationShare ?? [])),
    percent(impacts.flatMap(({ violationShareBefore }) => violationShareBefore ?? [])),
    back.length < impacts.length
      ? `not in ${impacts.length - back.length} of ${impacts.length}`
      : `${formatDuration(median(back))}${range(back, formatDuration)}`,
  ]
}

/** The mean, and between which values it lies. */
const spread = (values: readonly number[]) =>
  `${Number(mean([...values]).toFixed(1))}${range(values, (value) => String(value))}`

const percent = (shares: readonly number[]) =>
  shares.length === 0
    ? '-'
    : `${(100 * mean([...shares])).toFixed(1)} %${range(shares, (s) => (100 * s).toFixed(0))}`

function range(values: readonly number[], text: (value: number) => string): string {
  const lo = text(Math.min(...values))
  const hi = text(Math.max(...values))
  return lo === hi ? '' : ` (${lo} to ${hi})`
}
