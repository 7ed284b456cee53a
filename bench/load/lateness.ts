import { join } from 'node:path'
import { execa } from 'execa'
import { median } from 'simple-statistics'
import { table } from '../../cli/output.ts'
import { onCore } from './cores.ts'
import type { GeneratorOptions, Lateness, Mode } from './generator.ts'
import { startHaproxy } from './haproxyTarget.ts'
import type { Verdict } from './verdict.ts'

interface Case {
  mode: Mode
  ratePerS: number
}

export interface LatenessRun extends Case, Lateness {
  round: number
}

/** `timer` beside each: what it is late by the machine is. */
const CASES: readonly Case[] = [
  { mode: 'timer', ratePerS: 1000 },
  { mode: 'default', ratePerS: 200 },
  { mode: 'default', ratePerS: 1000 },
  { mode: 'default', ratePerS: 5000 },
  { mode: 'spin', ratePerS: 1000 },
  { mode: 'spin', ratePerS: 20_000 },
]
const P99_TARGET_MS = 1

/** Each case once a round, generator and server on a core each. */
export async function measureLateness(
  { rounds, seconds, node }: { rounds: number; seconds: number; node: readonly string[] },
  say: (line: string) => void,
): Promise<LatenessRun[]> {
  const target = await startHaproxy()
  try {
    const runs: LatenessRun[] = []
    for (let round = 1; round <= rounds; round++)
      for (const each of CASES) {
        const load = { ...each, url: target.url, durationMs: seconds * 1000, seed: round }
        const lateness = await runOnce(load, node)
        runs.push({ round, ...each, ...lateness })
        say(`round ${round}: ${each.mode} at ${each.ratePerS}/s, p99 ${lateness.p99.toFixed(2)} ms`)
      }
    return runs
  } finally {
    await target.stop()
  }
}

async function runOnce(options: GeneratorOptions, flags: readonly string[]): Promise<Lateness> {
  const generator = join(import.meta.dirname, 'generator.ts')
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    ...flags,
    generator,
    JSON.stringify(options),
  ]
  const [program, ...words] = onCore('first', node)
  const { stdout } = await execa(program!, words)
  return JSON.parse(stdout)
}

const casesIn = (runs: readonly LatenessRun[]) =>
  CASES.map((each) => ({
    ...each,
    own: runs.filter(({ mode, ratePerS }) => mode === each.mode && ratePerS === each.ratePerS),
  }))

/** Medians of the rounds; lost and late ones are sums. */
export function latenessTable(runs: readonly LatenessRun[]): Promise<string> {
  const rows = casesIn(runs).map(({ mode, ratePerS, own }) => {
    const mid = (of: 'p50' | 'p99' | 'p999' | 'max' | 'cpuShare') =>
      median(own.map((run) => run[of])).toFixed(2)
    const sum = (of: 'sent' | 'lost' | 'over1Ms' | 'over10Ms') =>
      String(own.reduce((all, run) => all + run[of], 0))
    return [
      mode === 'timer' ? 'nothing sent' : mode,
      `${ratePerS}/s`,
      sum('sent'),
      sum('lost'),
      mid('p50'),
      mid('p99'),
      mid('p999'),
      mid('max'),
      sum('over1Ms'),
      sum('over10Ms'),
      mid('cpuShare'),
    ]
  })
  const head = [
    'late by, ms',
    'rate',
    'sent',
    'lost',
    'p50',
    'p99',
    'p99.9',
    'max',
    '> 1 ms',
    '> 10 ms',
    'cores',
  ]
  return table(head, rows, 2)
}

export function latenessVerdicts(runs: readonly LatenessRun[]): Verdict[] {
  const of = (mode: Mode, ratePerS: number) =>
    casesIn(runs).find((each) => each.mode === mode && each.ratePerS === ratePerS)!.own
  const slow = median(of('default', 1000).map(({ p99 }) => p99))
  const fast = of('spin', 20_000)
  const bad = fast.reduce((sum, { lost, over10Ms }) => sum + lost + over10Ms, 0)
  return [
    {
      what: `lateness p99 at 1000/s below ${P99_TARGET_MS} ms, median of the rounds`,
      found: `${slow.toFixed(2)} ms`,
      met: slow < P99_TARGET_MS,
    },
    {
      what: 'spinning at 20,000/s: none lost, none later than 10 ms (the bound of a valid run)',
      found: `${bad}`,
      met: bad === 0,
    },
  ]
}
