import { mean } from 'simple-statistics'
import type { RunRecord } from '../record/schema.ts'
import { metricsOf } from './metrics.ts'
import type { Sla } from './sla.ts'

/** The runs of one policy on one trace. */
interface CellRuns {
  trace: string
  policy: string
  simulated: readonly RunRecord[]
  live: readonly RunRecord[]
}

/** A live run beside the simulated one with its seed, which had the very same arrivals; shares from 0 to 1. */
export interface ArrivalPair {
  trace: string
  policy: string
  seed: number
  predicted: number
  measured: number
  /** Mean distance of the live run from the simulated ones with other seeds; null where there is none. */
  fromOthers: number | null
}

/**
 * Violation shares run by run: how near a live run is to the simulated one with the same arrivals, and how near to those with others.
 * The first being smaller says that the twin foresees the run, and not its kind alone.
 */
export function sameArrivals(cells: readonly CellRuns[], sla: Sla): ArrivalPair[] {
  return cells.flatMap(({ trace, policy, simulated, live }) => {
    const shares = simulated.flatMap((record) => {
      const share = metricsOf(record, sla).violationShare
      return share === null ? [] : [{ run: record.run, share }]
    })
    return live.flatMap((record) => {
      const measured = metricsOf(record, sla).violationShare
      const { seed, traceHash } = record.run
      const own = shares.find(({ run }) => run.seed === seed && run.traceHash === traceHash)
      if (!own || measured === null) return []
      const others = shares.filter((one) => one !== own).map(({ share }) => Math.abs(share - measured))
      const fromOthers = others.length === 0 ? null : mean(others)
      return [{ trace, policy, seed, predicted: own.share, measured, fromOthers }]
    })
  })
}

/** Mean distances over all pairs that have both; null where there is none. */
export function arrivalDistances(
  pairs: readonly ArrivalPair[],
): { own: number; others: number; pairs: number } | null {
  const known = pairs.flatMap(({ predicted, measured, fromOthers }) =>
    fromOthers === null ? [] : [{ own: Math.abs(predicted - measured), others: fromOthers }],
  )
  if (known.length === 0) return null
  return {
    own: mean(known.map(({ own }) => own)),
    others: mean(known.map(({ others }) => others)),
    pairs: known.length,
  }
}
