import { median } from 'simple-statistics'
import { type BenchCase, type ContenderName, requestsOf } from './cases.ts'
import { type Contender, type Result, runOnce } from './contenders.ts'

/** One measurement; `asked` is the expected number of requests, which sets how long was simulated. */
export interface Run extends Result {
  round: number
  case: string
  contender: ContenderName
  asked: number
}

export interface MeasureOptions {
  rounds: number
  size: number
  long: boolean
}

/**
 * All cases in each round, in each case every contender once, the first one a different one from round to
 * round: what slows the machine for a while slows all, and a ratio within a round hardly feels it. The
 * round is the seed.
 */
export async function measure(
  cases: readonly BenchCase[],
  contenders: readonly Contender[],
  options: MeasureOptions,
  say: (line: string) => void,
): Promise<Run[]> {
  const runs: Run[] = []
  for (let round = 1; round <= options.rounds; round++) {
    for (const bench of cases.filter(({ once }) => !once || round === 1)) {
      const able = contenders.filter(({ name }) => bench.requests[name] !== undefined)
      for (const contender of rotated(able, round)) {
        const asked = requestsOf(bench, contender.name, options)
        const result = await runOnce(contender, bench, { requests: asked, seed: round })
        runs.push({ round, case: bench.name, contender: contender.name, asked, ...result })
        const speed = (result.requests / result.cpuS / 1e6).toFixed(3)
        say(`round ${round}: ${bench.name}, ${contender.label}: ${speed} million requests a CPU second`)
      }
    }
  }
  return runs
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return items.map((_, i) => items[(i + by) % items.length]!)
}

export type Measure = (run: Run) => number
export const perCpuS: Measure = (run) => run.requests / run.cpuS
export const perWallS: Measure = (run) => run.requests / run.wallS
export const cpuSPerRequest: Measure = (run) => run.cpuS / run.requests
export const rssMb: Measure = (run) => run.maxRssMb

/** Which runs a figure is of. */
export interface Of {
  case: string
  contender?: ContenderName
}

const runsOf = (runs: readonly Run[], of: Of) =>
  runs.filter((run) => run.case === of.case && run.contender === (of.contender ?? 'scaletwin'))

/** Median over the rounds; null where nobody ran. */
export function medianOf(runs: readonly Run[], of: Of, what: Measure): number | null {
  const values = runsOf(runs, of).map(what)
  return values.length === 0 ? null : median(values)
}

/** One over the other in each round that has both. */
export function ratiosOf(runs: readonly Run[], over: Of, under: Of, what: Measure): number[] {
  const below = runsOf(runs, under)
  return runsOf(runs, over).flatMap((run) => {
    const partner = below.find(({ round }) => round === run.round)
    return partner ? [what(run) / what(partner)] : []
  })
}

export function medianRatio(runs: readonly Run[], over: Of, under: Of, what: Measure): number | null {
  const ratios = ratiosOf(runs, over, under, what)
  return ratios.length === 0 ? null : median(ratios)
}
