import { cpus, totalmem } from 'node:os'
import { table } from '../cli/output.ts'
import type { Agreement } from './agreement.ts'
import { type BenchCase, CONTENDERS } from './cases.ts'
import type { Contender } from './contenders.ts'
import { medianOf, medianRatio, perCpuS, perWallS, type Run, ratiosOf, rssMb } from './measure.ts'
import type { Target } from './targets.ts'

/** All that a benchmark found, as --json writes it. */
export interface Report {
  machine: { cores: number; cpu: string; memoryGb: number }
  contenders: { name: string; label: string; version: string }[]
  options: { rounds: number; size: number; long: boolean }
  medians: Median[]
  targets: Target[]
  agreement: Agreement[]
  runs: readonly Run[]
}

interface Median {
  case: string
  contender: string
  requests: number
  perCpuS: number
  perWallS: number
  maxRssMb: number
  /** ScaleTwin's requests a CPU second over this contender's, round by round. */
  scaletwinTimes: { rounds: number[]; median: number | null }
}

export function machine(): Report['machine'] {
  const all = cpus()
  return { cores: all.length, cpu: all[0]?.model.trim() ?? '', memoryGb: Math.round(totalmem() / 2 ** 30) }
}

export function mediansOf(runs: readonly Run[], contenders: readonly Contender[]): Median[] {
  const names = [...new Set(runs.map((run) => run.case))]
  return names.flatMap((name) =>
    contenders.flatMap((contender) => {
      const of = { case: name, contender: contender.name }
      const perCpu = medianOf(runs, of, perCpuS)
      if (perCpu === null) return []
      const own = { case: name }
      return [
        {
          ...of,
          requests: medianOf(runs, of, (run) => run.requests)!,
          perCpuS: perCpu,
          perWallS: medianOf(runs, of, perWallS)!,
          maxRssMb: medianOf(runs, of, rssMb)!,
          scaletwinTimes: {
            rounds: ratiosOf(runs, own, of, perCpuS),
            median: medianRatio(runs, own, of, perCpuS),
          },
        },
      ]
    }),
  )
}

/** Speed, agreement and targets as tables. */
export async function reportText(report: Report, cases: readonly BenchCase[]): Promise<string> {
  const { machine, contenders, medians, options } = report
  const label = (name: string) => contenders.find((each) => each.name === name)?.label ?? name
  const versions = contenders.map((each) => `${each.label} (${each.version})`).join(', ')
  const speed = await table(
    ['case', 'contender', 'requests a run', 'per CPU s', 'per wall s', 'memory', 'ScaleTwin is'],
    medians.map((row) => [
      row.case,
      label(row.contender),
      count(row.requests),
      count(row.perCpuS),
      count(row.perWallS),
      `${row.maxRssMb.toFixed(0)} MB`,
      row.contender === 'scaletwin' ? '' : times(row.scaletwinTimes.median),
    ]),
    2,
  )
  return [
    `${machine.cores} x ${machine.cpu}, ${machine.memoryGb} GB; ${versions}`,
    `Interleaved rounds: ${options.rounds}, medians of them; each run a process; ScaleTwin's clock starts after a short run that warms it up`,
    ...cases.map(({ name, what }) => `  ${name}: ${what}`),
    '',
    speed,
    '',
    await agreementTable(report.agreement),
    '',
    await targetTable(report.targets),
    ...(options.size < 1
      ? ['', 'Short runs: what Node compiles meanwhile weighs in every figure of ScaleTwin.']
      : []),
  ].join('\n')
}

function agreementTable(rows: readonly Agreement[]): Promise<string> {
  const sources = [...CONTENDERS, 'exact'] as const
  return table(
    ['do they simulate the same?', '', ...sources, 'differ by', 'may', ''],
    rows.map((row) => [
      row.case,
      row.statistic,
      ...sources.map((source) => figure(row.values[source])),
      percent(row.difference),
      percent(row.allowed),
      row.agrees ? 'agree' : 'DISAGREE',
    ]),
    2,
  )
}

function targetTable(targets: readonly Target[]): Promise<string> {
  return table(
    ['target', '', 'limit', 'measured'],
    targets.map(({ name, value, limit, unit, met }) => [
      name,
      met === null ? 'not measured' : met ? 'met' : 'MISSED',
      `${limit.kind} ${inUnit(limit.value, unit)}`,
      value === null ? '' : inUnit(value, unit),
    ]),
    2,
  )
}

function inUnit(value: number, unit: Target['unit']): string {
  if (unit === 'times') return times(value)
  return unit === 'MB' ? `${value.toFixed(0)} MB` : `${count(value)}/s`
}

/** `7.2 M`, `72.2 k`: three digits are as much as a benchmark knows. */
function count(value: number): string {
  return value >= 999_500 ? `${(value / 1e6).toPrecision(3)} M` : `${(value / 1e3).toPrecision(3)} k`
}

const times = (value: number | null) => (value === null ? '' : `${value.toPrecision(3)} x`)
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const figure = (value: number | undefined) => (value === undefined ? '' : value.toPrecision(4))
