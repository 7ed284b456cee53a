import type { PredictionInterval } from '../analysis/interval.ts'
import { textWidthPx } from './textWidth.ts'
import { SIZE } from './theme.ts'

/** One metric of one trace and policy; null where a side has no run. */
export interface IntervalCell {
  trace: string
  policy: string
  metric: string
  predicted: PredictionInterval | null
  measured: { mean: number; values: readonly number[] } | null
}

/** Diameter of a dot. */
export const DOT_PX = 6.2
/** Dots of one value are spread over this height. */
const SPREAD_PX = 11

export interface Dot {
  value: number
  inside: boolean
  offsetPx: number
}

/** Values nearer than `near` stand above each other, so that five equal runs look like five. */
export function dotsOf({ predicted, measured }: IntervalCell, near = 0): Dot[] {
  const sorted = [...(measured?.values ?? [])].sort((a, b) => a - b)
  const groups: number[][] = []
  for (const value of sorted) {
    const group = groups.at(-1)
    if (group && value - group.at(-1)! <= near) group.push(value)
    else groups.push([value])
  }
  return groups.flatMap((group) => {
    const stepPx = Math.min(4, SPREAD_PX / Math.max(1, group.length - 1))
    return group.map((value, i) => ({
      value,
      inside: !predicted || (value >= predicted.lo - 1e-9 && value <= predicted.hi + 1e-9),
      offsetPx: stepPx * (i - (group.length - 1) / 2),
    }))
  })
}

/** A heading (`policy` null) for each trace, below it its policies. */
export interface Row {
  trace: string
  policy: string | null
  key: string
}

/** Traces in the order given; within one the policy with the least of `metric` first, predicted or else measured. */
export function rowsOf(cells: readonly IntervalCell[], metric: string): Row[] {
  const sorted = [...cells].sort((a, b) => middleOf(a) - middleOf(b))
  const ranked = [...sorted.filter((cell) => cell.metric === metric), ...sorted]
  return [...new Set(cells.map((cell) => cell.trace))].flatMap((trace) => [
    { trace, policy: null, key: trace },
    ...[...new Set(ranked.filter((cell) => cell.trace === trace).map((cell) => cell.policy))].map(
      (policy) => ({
        trace,
        policy,
        key: keyOf({ trace, policy }),
      }),
    ),
  ])
}

const middleOf = ({ predicted, measured }: IntervalCell) => predicted?.mean ?? measured?.mean ?? 0

export function keyOf({ trace, policy }: { trace: string; policy: string }): string {
  return `${trace} / ${policy}`
}

export function labelWidthPx(rows: readonly Row[]): number {
  const widths = rows.map(({ trace, policy }) =>
    textWidthPx(policy ?? trace, { fontSizePx: SIZE.heading, bold: policy === null }),
  )
  return Math.ceil(Math.max(60, ...widths)) + 16
}
