import { rename, writeFile } from 'node:fs/promises'
import type { Cell, Comparison, PairSummary } from '../analysis/compare.ts'
import { type Mark, marksOf } from '../analysis/marks.ts'
import type { MetricName } from '../analysis/metrics.ts'
import { markTexts } from '../analysis/metricText.ts'
import { type ArrivalPair, arrivalDistances } from '../analysis/sameArrivals.ts'
import { assert } from '../base/assert.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { formatMetric, labelOf } from './output.ts'

/** Each has a table of its own: predicted, its interval, and every measured value. */
const IN_FULL: readonly MetricName[] = ['violationShare', 'responseMsP95', 'replicaSeconds']
/** Predicted and measured mean. */
const IN_SHORT: readonly MetricName[] = ['responseMsP50', 'responseMsP99', 'waitMsMean']

/** Writes how well predictions held as a page of Markdown: marks, tables, machine, date, command, and what was wrong with a run. */
export async function writeFidelityReport(
  path: string,
  {
    comparison,
    records,
    command,
    notes,
  }: {
    comparison: Comparison
    records: readonly RunRecord[]
    command: string
    /** Markdown that comes behind the marks; '' for none. */
    notes: string
  },
): Promise<void> {
  const live = records.map(({ run }) => run).filter(({ mode }) => mode === 'live')
  const text = [
    '# How far may the twin be trusted?',
    '',
    provenance(live, command),
    '',
    '## Marks',
    '',
    ...markdown(['', 'wanted', 'found', ''], marksOf(comparison).map(markRow)),
    '',
    `SLA ${comparison.sla}. Errors are predicted mean less measured mean of a cell (a policy on a trace); "points" are percentage points.`,
    'A fidelity ratio of 1 means that a simulated run lies as far from a live run as two live runs from each other. In the tables a * says that a live run\nlies outside its interval.',
    '',
    ...(notes === '' ? [] : [notes.trimEnd(), '']),
    ...IN_FULL.flatMap((metric) => [
      `## ${titleOf(metric)}`,
      '',
      ...markdown(
        ['trace', 'policy', 'predicted', '90 % interval', 'measured', 'each run', 'error'],
        comparison.cells.filter((cell) => cell.metric === metric).map(fullRow),
      ),
      '',
    ]),
    '## Each cell, predicted / measured',
    '',
    ...markdown(
      [
        'trace',
        'policy',
        'live runs',
        'utilisation',
        'queued',
        ...IN_SHORT.map(titleOf),
        'replicas within their band',
        'their distance',
        'generator late',
      ],
      comparison.pairs.map((pair) => shortRow(pair, comparison.cells)),
    ),
    '',
    'Queued: requests that had to wait in the proxy. The band is the 90 % interval of the ready replicas at each second; the distance is that',
    'of the live runs from the simulated mean. Generator late: p99 of its lateness, the worst live run.',
    '',
    ...arrivalsSection(comparison.sameArrivals),
    ...paragraph('## The same work, request by request', sameWorkLines(comparison)),
    ...paragraph(
      '## What would tell two policies apart',
      comparison.telling.map(
        ({ trace, policies, repeats }) =>
          `- ${trace}: ${policies.join(' and ')}: ${repeats} live runs of each`,
      ),
      'By their violation shares, with an error of 5 % and a power of 80 %.',
    ),
    ...paragraph(
      '## Remarks on the runs',
      comparison.remarks.map((remark) => `- ${remark}`),
      'Runs that are not valid are in the figures all the same.',
    ),
  ].join('\n')
  await writeFile(`${path}.part`, `${text.trimEnd()}\n`)
  await rename(`${path}.part`, path)
}

function provenance(live: readonly RunHeader[], command: string): string {
  const days = [...new Set(live.flatMap(({ startedAt }) => startedAt?.slice(0, 10) ?? []))].sort()
  const { host, versions } = live[0]!
  const machine = Object.entries(host ?? {})
    .filter(([name]) => name !== 'loadAverageAtStart')
    .map(([name, value]) => `${name} ${value}`)
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const apps = [...new Set(live.map(({ trace, app }) => `${trace.name}: ${settingsText(app)}`))]
  return [
    `Measured on ${days.join(', ')}: ${live.length} live runs. Machine: ${machine.join(', ')}. Software: ${software.join(', ')}.`,
    `The application's settings: ${apps.join('; ')}.`,
    '',
    `Made by \`${command}\`.`,
  ].join('\n')
}

const settingsText = (app: RunHeader['app']) =>
  Object.entries(app ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')

const markRow = (mark: Mark) => markTexts(mark).map((text) => (text === 'missed' ? '**missed**' : text))

function fullRow({ trace, policy, metric, predicted, measured, error, inside }: Cell): string[] {
  const format = (value: number) => formatMetric(metric, value)
  const difference = metric.endsWith('Share') ? `${(100 * error).toFixed(1)} points` : format(error)
  return [
    trace,
    policy,
    format(predicted.mean),
    `${format(predicted.lo)} to ${format(predicted.hi)}`,
    format(measured.mean),
    measured.values.map(format).join(', '),
    `${error > 0 ? '+' : ''}${difference}${inside ? '' : ' *'}`,
  ]
}

function shortRow(pair: PairSummary, cells: readonly Cell[]): string[] {
  const { trace, policy, utilisation, queuedShare, trajectory, latenessP99Ms } = pair
  const both = IN_SHORT.map((metric) => {
    const cell = cells.find((one) => one.trace === trace && one.policy === policy && one.metric === metric)
    return cell
      ? `${formatMetric(metric, cell.predicted.mean)} / ${formatMetric(metric, cell.measured.mean)}`
      : ''
  })
  return [
    trace,
    policy,
    pair.invalid === 0 ? `${pair.live}` : `${pair.live}, ${pair.invalid} not valid`,
    utilisation === null ? '' : utilisation.toFixed(2),
    queuedShare === null ? '' : `${(100 * queuedShare).toFixed(0)} %`,
    ...both,
    trajectory === null ? '' : `${(100 * trajectory.insideShare).toFixed(0)} %`,
    trajectory === null ? '' : trajectory.distance.toFixed(2),
    latenessP99Ms === null ? '' : `${latenessP99Ms.toFixed(1)} ms`,
  ]
}

/** How near a live run is to the simulated one with its seed; nothing where no seeds are the same. */
export function arrivalsLine(pairs: readonly ArrivalPair[]): string[] {
  const distances = arrivalDistances(pairs)
  if (!distances) return []
  const points = (share: number) => (100 * share).toFixed(1)
  return [
    `violations of a live run are ${points(distances.own)} points from those of the simulated run with the same arrivals, ${points(distances.others)} from those of the others (mean of ${distances.pairs} runs)`,
  ]
}

function arrivalsSection(pairs: readonly ArrivalPair[]): string[] {
  if (pairs.length === 0) return []
  const cells = Map.groupBy(pairs, ({ trace, policy }) => `${trace}\n${policy}`)
  const share = (value: number) => formatMetric('violationShare', value)
  return [
    '## Run by run: the same arrivals',
    '',
    'A live run has the arrivals of the simulated run with its seed, and the policy reacts to them on both sides. SLA violations, predicted / measured:',
    '',
    ...markdown(
      ['trace', 'policy', 'each seed'],
      [...cells.values()].map((own) => [
        own[0]!.trace,
        own[0]!.policy,
        own
          .map(({ seed, predicted, measured }) => `${seed}: ${share(predicted)} / ${share(measured)}`)
          .join(', '),
      ]),
    ),
    '',
    ...arrivalsLine(pairs).map((line) => `${line.charAt(0).toUpperCase()}${line.slice(1)}.`),
    '',
  ]
}

/** A line for each live run that served the same work as a simulated one. */
export function sameWorkLines({ pairs }: Comparison): string[] {
  return pairs.flatMap(({ trace, policy, sameWork }) =>
    sameWork.map(({ seed, requests, sameOutcome, errorMs, correlation }) => {
      const error = errorMs
        ? `; response time off by ${errorMs.mean.toFixed(1)} ms on average, ${errorMs.medianAbsolute.toFixed(1)} ms in the median, ${errorMs.p95Absolute.toFixed(0)} ms at p95`
        : ''
      const together = correlation === null ? '' : `; correlation ${correlation.toFixed(3)}`
      return `- ${trace}, ${policy}, seed ${seed}, the same work: ${(100 * sameOutcome).toFixed(1)} % of ${requests} requests ended alike${error}${together}`
    }),
  )
}

const titleOf = (metric: MetricName) => {
  const label = labelOf(metric)
  return label.charAt(0).toUpperCase() + label.slice(1)
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  assert(
    rows.every((row) => row.length === head.length),
    'a row has as many cells as the head',
  )
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** Nothing where there are no lines. */
function paragraph(title: string, lines: readonly string[], after = ''): string[] {
  return lines.length === 0 ? [] : [title, '', ...lines, '', ...(after === '' ? [] : [after, ''])]
}
