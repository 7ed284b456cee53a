import { expect, it } from 'vitest'
import type { Cell, Comparison } from './compare.ts'
import { marksOf } from './marks.ts'

const cell = (policy: string, metric: Cell['metric'], predicted: number, measured: number): Cell => ({
  trace: 'spike',
  policy,
  metric,
  predicted: { mean: predicted, lo: 0, hi: 1 },
  measured: { mean: measured, values: [measured] },
  error: predicted - measured,
  inside: true,
})
const pair = (policy: string, utilisation: number): Comparison['pairs'][number] => ({
  trace: 'spike',
  policy,
  live: 3,
  invalid: 0,
  utilisation,
  queuedShare: 0,
  latenessP99Ms: 1,
  trajectory: null,
  sameWork: [],
})
const comparison = (cells: Cell[]): Comparison => ({
  sla: 'p95<500ms over 10s',
  cells,
  coverage: 0.85,
  rankCorrelation: 0.79,
  fidelityRatio: { violationShare: 1.5, responseMsP95: null },
  telling: [],
  sameArrivals: [],
  pairs: [pair('a', 0.5), pair('b', 0.8), pair('c', 0.95)],
  remarks: [],
})

it('judges each by its own bound, and what is not determined not at all', () => {
  const marks = marksOf(
    comparison([
      cell('a', 'violationShare', 0.05, 0.04),
      cell('b', 'violationShare', 0.03, 0.049),
      cell('c', 'violationShare', 0.3, 0.37),
      cell('a', 'responseMsP95', 109, 100),
      cell('b', 'responseMsP95', 89, 100),
      cell('c', 'responseMsP95', 119, 100),
    ]),
  )
  expect(marks.map(({ found, met }) => [found === null ? null : Number(found.toFixed(4)), met])).toEqual([
    [0.019, true],
    [0.07, false],
    [0.11, false],
    [0.19, true],
    [0.85, true],
    [0.79, false],
    [1.5, true],
    [null, null],
  ])
})

it('an empty matrix determines nothing by its cells', () => {
  expect(
    marksOf(comparison([]))
      .slice(0, 4)
      .map(({ met }) => met),
  ).toEqual([null, null, null, null])
})
