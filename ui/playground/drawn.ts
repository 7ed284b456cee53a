import { badInput } from '../../base/errors.ts'
import type { OpenTrace, RatePoint } from '../../traces/trace.ts'
import { DRAWN } from './setting.ts'

/** Longest drawn trace, and its highest rate: what still answers at once. */
export const LONGEST_S = 1800
export const HIGHEST_PER_S = 200

/** Corners of a drawn curve: from time 0, ascending, at least two. @throws UserError with the point. */
export function checkPoints(points: readonly RatePoint[]): RatePoint[] {
  points.forEach(({ atMs, ratePerS }, i) => {
    const least = i === 0 ? 0 : points[i - 1]!.atMs
    if (!(atMs >= least && atMs <= LONGEST_S * 1000) || (i === 0 && atMs !== 0))
      throw badInput({
        place: `time of point ${i + 1}`,
        value: `${atMs / 1000} s`,
        expected: i === 0 ? '0 s' : `from ${least / 1000} s to ${LONGEST_S} s`,
      })
    if (!(ratePerS >= 0 && ratePerS <= HIGHEST_PER_S))
      throw badInput({
        place: `rate of point ${i + 1}`,
        value: ratePerS,
        expected: `from 0 to ${HIGHEST_PER_S} requests/s`,
      })
  })
  if (points.length < 2 || points.at(-1)!.atMs === 0)
    throw badInput({
      place: 'the drawn curve',
      value: points.length,
      expected: 'two points or more, at two times',
    })
  return [...points]
}

/** The drawn curve as a trace like the shipped ones. */
export function drawnTrace(points: readonly RatePoint[], mix: OpenTrace['mix']): OpenTrace {
  return {
    name: DRAWN,
    description: '',
    load: { kind: 'rate', points },
    process: 'poisson',
    mix,
    durationMs: points.at(-1)!.atMs,
  }
}

/** The file of which `sim run --trace` makes the same trace. */
export function traceFile({ name, process, mix, load }: OpenTrace): string {
  const points = load.kind === 'rate' ? load.points : []
  const rows = points.map(({ atMs, ratePerS }) => `      {"at": "${atMs / 1000}s", "ratePerS": ${ratePerS}}`)
  const head = { schema: 1, name, process, mix }
  const lines = Object.entries(head).map(([key, value]) => `  "${key}": ${JSON.stringify(value)},`)
  return `{\n${lines.join('\n')}\n  "load": {\n    "kind": "rate",\n    "points": [\n${rows.join(',\n')}\n    ]\n  }\n}\n`
}
