import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import {
  type Cell,
  type Comparison,
  compare,
  type Pairing,
  pairRecords,
  policyLabel,
} from '../analysis/compare.ts'
import { faultImpacts } from '../analysis/faultImpact.ts'
import { marksOf } from '../analysis/marks.ts'
import type { MetricName } from '../analysis/metrics.ts'
import { DEFAULT_SLA, parseSla, type Sla } from '../analysis/sla.ts'
import { timelineOf } from '../analysis/timeline.ts'
import { UserError } from '../base/errors.ts'
import { readTextFile } from '../base/readText.ts'
import { POLICIES } from '../policies/index.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { type FaultedRuns, faultTable } from './faultTable.ts'
import { arrivalsLine, sameWorkLines, writeFidelityReport } from './fidelityReport.ts'
import { fileName } from './fileName.ts'
import { formatMetric, labelOf, table } from './output.ts'
import { sha256Of } from './prediction.ts'
import { print, printJson, remark } from './program.ts'
import { MATRIX_FILE } from './validate/matrix.ts'

/** The metrics of the table for a person; --json has them all. */
const SHOWN: readonly MetricName[] = [
  'violationShare',
  'windowViolationShare',
  'responseMsP95',
  'waitMsMean',
  'replicaSeconds',
  'starts',
]

/** sim compare: predicted against measured, as a table and two kinds of pictures. */
export function simCompare(program: Command): void {
  program
    .command('compare')
    .description('compare simulated with live runs: predicted against measured')
    .argument(
      '<run...>',
      'records of sim run and live run, in any order, or folders of them or of live validate',
    )
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .option('--pictures <folder>', 'draw a timeline for each trace and policy, and the violations, there')
    .option('--format <svg|png>', 'of the pictures', 'svg')
    .option('--report <file>', 'write marks, tables, machine and date there, as Markdown')
    .option(
      '--notes <file>',
      'Markdown that goes into the report behind the marks: what is known of what was missed',
    )
    .option('--json', 'print one JSON object instead of a table')
    .action((paths: string[], flags: Flags) => run(paths, flags))
}

interface Flags {
  sla: string
  pictures?: string
  format: string
  report?: string
  notes?: string
  json?: boolean
}

async function run(paths: string[], flags: Flags): Promise<void> {
  const sla = parseSla(flags.sla)
  const folders = (await Promise.all(paths.map(cellFolders))).flat()
  const records = await Promise.all((await findRecords(folders)).map(readRecord))
  const { pairings, comparison } = await compareRecords(records, sla)
  if (comparison.cells.length === 0) {
    throw new UserError('nothing to compare: no trace and policy has both a simulated and a live run')
  }
  if (flags.pictures) await draw(pairings, comparison, sla, flags.pictures, flags.format)
  if (flags.report) {
    const more = flags.notes === undefined ? '' : ` --notes ${flags.notes}`
    const command = `sim compare ${paths.join(' ')} --report ${flags.report}${more}`
    const notes =
      flags.notes === undefined ? '' : readTextFile(flags.notes, { place: `--notes ${flags.notes}` })
    await writeFidelityReport(flags.report, { comparison, records, command, notes })
    remark(`report: ${flags.report}`)
  }
  const faults = faultedPairs(pairings, sla)
  if (flags.json)
    return printJson({ ...comparison, marks: marksOf(comparison), ...(faults.length > 0 && { faults }) })
  print(await comparisonText(comparison))
  for (const { trace, policy, groups } of faults) print(`\n${trace}, ${policy}: ${await faultTable(groups)}`)
}

/** Of the pairs whose runs had faults: what these did in each run of either side. */
function faultedPairs(
  pairings: readonly Pairing[],
  sla: Sla,
): { trace: string; policy: string; groups: FaultedRuns[] }[] {
  const broken = pairings.filter(({ simulated, live }) =>
    [...simulated, ...live].some(({ run }) => run.faults),
  )
  return broken.map(({ trace, policy, simulated, live }) => {
    const impacts = (records: readonly RunRecord[]) => records.map((record) => faultImpacts(record, sla))
    const groups = [
      { name: 'predicted', runs: impacts(simulated) },
      { name: 'measured', runs: impacts(live) },
    ]
    return { trace, policy, groups }
  })
}

/** Of a matrix of live validate the folders of its cells; any other path as it is. */
async function cellFolders(path: string): Promise<string[]> {
  if (!existsSync(join(path, MATRIX_FILE))) return [path]
  const cells = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  return cells.flatMap(({ name }) => [join(path, name, 'sim'), join(path, name, 'live')]).filter(existsSync)
}

/** The comparison; what makes it weaker is remarked. */
export async function compareRecords(
  records: readonly RunRecord[],
  sla: Sla,
): Promise<{ pairings: Pairing[]; comparison: Comparison }> {
  const pairings = pairRecords(records, shortLabel)
  const comparison = compare(pairings, sla)
  for (const line of [...comparison.remarks, ...(await changedPredictions(records))])
    remark(`remark: ${line}`)
  return { pairings, comparison }
}

/** A prediction that was named before a live run must still be what it was then. */
export async function changedPredictions(records: readonly RunRecord[]): Promise<string[]> {
  const named = new Map(
    records.flatMap(({ run: { prediction } }) => (prediction ? [[prediction.path, prediction.sha256]] : [])),
  )
  const lines = await Promise.all(
    [...named].map(async ([path, sha256]) => {
      const now = await sha256Of(path)
      return now === null || now === sha256
        ? []
        : [`${path} is not the prediction that was made before the live run`]
    }),
  )
  return lines.flat()
}

export function shortLabel(run: Pick<RunHeader, 'policy' | 'faults'>): string {
  const parameters = POLICIES.find((policy) => policy.name === run.policy.name)?.parameters ?? {}
  return policyLabel(
    run,
    Object.fromEntries(Object.entries(parameters).map(([name, spec]) => [name, spec.default])),
  )
}

export async function comparisonText(comparison: Comparison): Promise<string> {
  const { sla, cells, coverage, rankCorrelation, fidelityRatio, telling } = comparison
  const shown = cells.filter((cell) => SHOWN.includes(cell.metric))
  const rows = shown.map((cell, i) => {
    const first = i === 0 || shown[i - 1]!.trace !== cell.trace || shown[i - 1]!.policy !== cell.policy
    return [first ? cell.trace : '', first ? cell.policy : '', ...cellTexts(cell)]
  })
  const head = [
    'trace',
    'policy',
    '',
    'predicted',
    '90 % interval',
    'measured',
    'each run',
    'error',
    'inside',
  ]
  const number = (value: number | null | undefined) =>
    value === null || value === undefined ? 'not determined' : value.toFixed(2)
  return [
    `predicted against measured, SLA ${sla}`,
    '',
    await table(head, rows, 3),
    '',
    `coverage: ${coverage === null ? 'not determined' : `${(100 * coverage).toFixed(0)} %`} of the measured values of all metrics lie in their 90 % interval`,
    `rank agreement of the policies (Kendall's tau): ${number(rankCorrelation)}`,
    ...arrivalsLine(comparison.sameArrivals),
    `fidelity ratio (1: cannot be told from another live run): violations ${number(fidelityRatio.violationShare)}, p95 ${number(fidelityRatio.responseMsP95)}, replica-seconds ${number(fidelityRatio.replicaSeconds)}`,
    ...telling.map(
      ({ trace, policies, repeats }) =>
        `${trace}: ${repeats} live runs of each would tell ${policies.join(' from ')} by their violations (5 %, power 80 %)`,
    ),
    ...sameWorkLines(comparison),
  ].join('\n')
}

function cellTexts({ metric, predicted, measured, error, inside }: Cell): string[] {
  const format = (value: number) => formatMetric(metric, value)
  const signed = `${error > 0 ? '+' : ''}${metric.endsWith('Share') ? `${(100 * error).toFixed(1)} pp` : format(error)}`
  return [
    labelOf(metric),
    format(predicted.mean),
    `${format(predicted.lo)} to ${format(predicted.hi)}`,
    format(measured.mean),
    measured.values.map(format).join(', '),
    signed,
    inside ? 'yes' : 'no',
  ]
}

async function draw(
  pairings: readonly Pairing[],
  comparison: Comparison,
  sla: Sla,
  folder: string,
  format: string,
): Promise<void> {
  const { timelineSpec, violationsSpec, writePicture } = await import('../plots/index.ts')
  const { mkdir } = await import('node:fs/promises')
  await mkdir(folder, { recursive: true })
  for (const { trace, policy, simulated, live } of pairings) {
    const spec = timelineSpec({
      title: `${policy} on ${trace}`,
      predicted: simulated.map((record) => timelineOf(record, sla)),
      measured: live.map((record) => timelineOf(record, sla)),
      sla,
    })
    const path = join(folder, `timeline-${fileName(trace)}-${fileName(policy)}.${format}`)
    await writePicture(spec, path)
    remark(`picture: ${path}`)
  }
  const path = join(folder, `violations.${format}`)
  await writePicture(violationsSpec({ cells: comparison.cells, sla }), path)
  remark(`picture: ${path}`)
}
