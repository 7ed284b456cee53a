import type { Cell } from '../../analysis/compare.ts'
import { marksOf } from '../../analysis/marks.ts'
import type { MetricName } from '../../analysis/metrics.ts'
import { formatMetric, labelOf, markTexts } from '../../analysis/metricText.ts'
import { violationsSpec } from '../../plots/index.ts'
import type { Block, Section } from '../document.ts'
import { paragraph, ref } from '../document.ts'
import { type ReportMaterial, traceName } from '../material.ts'
import { figureOf } from '../picture.ts'

const SHOWN: readonly MetricName[] = [
  'violationShare',
  'windowViolationShare',
  'responseMsP95',
  'failed',
  'replicaSeconds',
]

/** Predicted beside measured; null where no trace and set-up has both. */
export function comparisonSection({ comparison, sla, runs }: ReportMaterial): Section | null {
  const { cells, coverage } = comparison
  if (cells.length === 0) return null
  const shown = cells.filter(({ metric }) => SHOWN.includes(metric))
  const before = runs.flatMap(({ live }) => live.filter(({ run }) => run.prediction !== null)).length
  const live = runs.reduce((sum, one) => sum + one.live.length, 0)
  const simulated = runs.reduce((sum, one) => sum + one.simulated.length, 0)
  const table: Block = {
    kind: 'table',
    id: 'table-comparison',
    caption: [
      'Predicted and measured. The interval is the one into which a further run falls with 90 %; the error is the predicted mean less the measured one; an asterisk marks cells of which a live run lies outside.',
    ],
    head: ['trace', 'set-up', 'metric', 'predicted', '90 % interval', 'measured', 'each run', 'error'],
    rows: shown.map((cell, i) => rowOf(cell, shown[i - 1])),
    words: [0, 1, 2],
    dense: true,
  }
  return {
    id: 'comparison',
    title: 'Predicted against measured',
    blocks: [
      paragraph(
        `The simulator ran ${simulated} times and the service ${live} times. `,
        before === live
          ? 'Each live run has the hash of its prediction in its record: it was made before.'
          : `Of the live runs ${before} have the hash of a prediction in their record, which was made before.`,
        ' ',
        ref('table-comparison'),
        ' sets both side by side, ',
        ref('figure-violations'),
        ' draws the violations.',
        ...(coverage === null
          ? []
          : [
              ` Of the measured values of all metrics ${(100 * coverage).toFixed(0)} % lie in their interval.`,
            ]),
      ),
      figureOf(
        'figure-violations',
        violationsSpec({ cells: cells.map((cell) => ({ ...cell, trace: traceName(cell.trace) })), sla }),
      ),
      table,
      marksTable(comparison),
      paragraph(
        ref('table-marks'),
        ' holds the comparison against marks for a twin that is to be trusted. A fidelity ratio of 1 means that a simulated run lies as far from a live run as two live runs from each other.',
      ),
    ],
  }
}

function rowOf(cell: Cell, before: Cell | undefined): string[] {
  const { trace, policy, metric, predicted, measured, error, inside } = cell
  const format = (value: number) => formatMetric(metric, value)
  const first = before?.trace !== trace || before.policy !== policy
  const difference = metric.endsWith('Share') ? `${(100 * error).toFixed(1)} points` : format(error)
  const signed = `${error > 0 ? '+' : ''}${difference}`.replace(/^[+-](?=[0.]+( |$))/, '')
  return [
    first ? traceName(trace) : '',
    first ? policy : '',
    labelOf(metric),
    format(predicted.mean),
    `${format(predicted.lo)} to ${format(predicted.hi)}`,
    format(measured.mean),
    measured.values.map(format).join(', '),
    `${signed}${inside ? '' : ' *'}`,
  ]
}

function marksTable(comparison: ReportMaterial['comparison']): Block {
  return {
    kind: 'table',
    id: 'table-marks',
    caption: ['Marks of fidelity.'],
    head: ['', 'wanted', 'found', ''],
    rows: marksOf(comparison).map(markTexts),
    words: [0, 3],
  }
}
