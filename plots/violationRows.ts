import type { Cell } from '../analysis/compare.ts'
import { textWidthPx } from './textWidth.ts'
import { SIZE } from './theme.ts'

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
export function dotsOf({ predicted, measured }: Cell, near = 0): Dot[] {
  const sorted = [...measured.values].sort((a, b) => a - b)
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
      inside: value >= predicted.lo - 1e-9 && value <= predicted.hi + 1e-9,
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

/** Traces in the order given; within one the policy with the fewest predicted violations first. */
export function rowsOf(cells: readonly Cell[]): Row[] {
  const main = cells.some((cell) => cell.metric === 'violationShare') ? 'violationShare' : cells[0]!.metric
  const sorted = [...cells].sort((a, b) => a.predicted.mean - b.predicted.mean)
  const ranked = [...sorted.filter((cell) => cell.metric === main), ...sorted]
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

export function keyOf({ trace, policy }: { trace: string; policy: string }): string {
  return `${trace} / ${policy}`
}

export function labelWidthPx(rows: readonly Row[]): number {
  const widths = rows.map(({ trace, policy }) =>
    textWidthPx(policy ?? trace, { fontSizePx: SIZE.heading, bold: policy === null }),
  )
  return Math.ceil(Math.max(60, ...widths)) + 16
}
