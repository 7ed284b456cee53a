import { cpuSPerRequest, medianOf, medianRatio, perCpuS, perWallS, type Run, rssMb } from './measure.ts'

/** What is promised of the speed, and what was measured; `met` is null where it was not measured. */
export interface Target {
  name: string
  value: number | null
  limit: { kind: 'at least' | 'at most'; value: number }
  /** How value and limit are shown. */
  unit: 'requests/s' | 'times' | 'MB'
  met: boolean | null
}

const FULL = { case: 'full' }

/** Rates are medians of the rounds, per second of CPU of one process; ratios are medians of the rounds' ratios. */
export function judgeTargets(runs: readonly Run[]): Target[] {
  const atLeast = (value: number) => ({ kind: 'at least', value }) as const
  const atMost = (value: number) => ({ kind: 'at most', value }) as const
  const against = (contender: 'c' | 'simpy') => medianRatio(runs, FULL, { ...FULL, contender }, perCpuS)
  const cost = (over: string, under: string) =>
    medianRatio(runs, { case: over }, { case: under }, cpuSPerRequest)
  const rows: Omit<Target, 'met'>[] = [
    {
      name: 'full model, one core',
      value: medianOf(runs, FULL, perCpuS),
      limit: atLeast(4e6),
      unit: 'requests/s',
    },
    { name: 'full model against C', value: against('c'), limit: atLeast(0.4), unit: 'times' },
    { name: 'full model against SimPy', value: against('simpy'), limit: atLeast(100), unit: 'times' },
    {
      name: 'M/M/4, one core',
      value: medianOf(runs, { case: 'mmc' }, perCpuS),
      limit: atLeast(12e6),
      unit: 'requests/s',
    },
    {
      name: '1000 servers against 16, cost of a request',
      value: cost('mmc-1000', 'mmc-16'),
      limit: atMost(2),
      unit: 'times',
    },
    {
      name: 'a row kept of every request, cost of a request',
      value: cost('full-record', 'full'),
      limit: atMost(2),
      unit: 'times',
    },
    {
      name: 'two worker threads against one, by CPU time',
      value: twice(medianRatio(runs, { case: 'two-workers' }, { case: 'one-worker' }, perCpuS)),
      limit: atLeast(1.8),
      unit: 'times',
    },
    {
      // One worker is not alone either: it collects and compiles on the second core.
      name: 'two worker threads against one, by wall time',
      value: medianRatio(runs, { case: 'two-workers' }, { case: 'one-worker' }, perWallS),
      limit: atLeast(1.8),
      unit: 'times',
    },
    {
      name: 'memory of the longest run',
      value: medianOf(runs, { case: 'memory-10' }, rssMb),
      limit: atMost(200),
      unit: 'MB',
    },
    {
      name: 'memory of the longest run against a short one',
      value: medianRatio(runs, { case: 'memory-10' }, { case: 'memory-1' }, rssMb),
      limit: atMost(1.1),
      unit: 'times',
    },
  ]
  return rows.map((row) => ({ ...row, met: isMet(row) }))
}

function isMet({ value, limit }: Omit<Target, 'met'>): boolean | null {
  if (value === null) return null
  return limit.kind === 'at least' ? value >= limit.value : value <= limit.value
}

/** Two workers have twice the CPU of one, and lose what they hinder each other. */
function twice(ratio: number | null): number | null {
  return ratio === null ? null : 2 * ratio
}
