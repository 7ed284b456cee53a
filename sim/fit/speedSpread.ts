import { mean, standardDeviation } from 'simple-statistics'
import { bootstrap, type Estimate } from '../../analysis/bootstrap.ts'
import type { RunRecord } from '../../record/schema.ts'
import { aloneCpuMs, type Slowing } from './contention.ts'
import { isMeasured } from './measured.ts'

/** Runs with fewer requests of a kind of work do not tell its mean well enough. */
const FEWEST_REQUESTS = 100
/** A spread of fewer values is a guess. */
const FEWEST_RUNS = 4

/**
 * How much the machine's speed differs from run to run: the standard deviation, over the runs, of the logarithm of a run's mean
 * X-Cpu-Ms over that of all runs with the same class and setting of the application; freed of what requests and starts do to each other.
 * Interval by bootstrap over the runs. Null where fewer than four runs have work in common.
 */
export function fitSpeedSpread(records: readonly RunRecord[], slowing: Slowing): Estimate | null {
  const runs = records.flatMap((record, run) => runMeans(record, slowing, run))
  const byKind = Map.groupBy(runs, ({ kind }) => kind)
  const ratios = new Map<number, number[]>()
  for (const own of byKind.values()) {
    if (own.length < 2) continue
    const all = mean(own.map(({ logMs }) => logMs))
    for (const { run, logMs } of own) ratios.set(run, [...(ratios.get(run) ?? []), logMs - all])
  }
  const speeds = [...ratios.values()].map((own) => mean(own))
  if (speeds.length < FEWEST_RUNS) return null
  return bootstrap(speeds, spreadOf, { resamples: 1000, seed: 7 }).spread!
}

/** With n - 1: the mean is that of the same runs. */
const spreadOf = (speeds: readonly number[]) => ({
  spread: standardDeviation([...speeds]) * Math.sqrt(speeds.length / (speeds.length - 1)),
})

function runMeans(record: RunRecord, slowing: Slowing, run: number) {
  const { requests } = record
  const alone = aloneCpuMs(record, slowing)
  const rows = Map.groupBy(
    [...requests.class.keys()].filter((i) => isMeasured(requests, i) && alone[i]! > 0),
    (i) => requests.class[i]!,
  )
  return [...rows].flatMap(([name, own]) =>
    own.length < FEWEST_REQUESTS
      ? []
      : [
          {
            run,
            kind: `${name} ${JSON.stringify(record.run.app)}`,
            logMs: Math.log(mean(own.map((i) => alone[i]!))),
          },
        ],
  )
}
