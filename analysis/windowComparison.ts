import type { RunRecord } from '../record/schema.ts'
import { type PredictionInterval, predictionInterval } from './interval.ts'
import type { Sla } from './sla.ts'
import { slaWindows } from './violations.ts'

/** One SLA window of a trace, over all runs of one policy. Shares are 0 to 1. */
export interface WindowPair {
  fromMs: number
  toMs: number
  /** Share of its requests that violate: mean and 90 % interval for one run; null where no simulated run had a request in it. */
  predicted: PredictionInterval | null
  /** Share of the simulated runs that had requests in it, in which it was violated; null without any. */
  violatedShare: number | null
  /** Of each live run that had a request in it. */
  measured: { share: number; violated: boolean }[]
}

/** Window by window what was predicted and what was measured. The runs are of one trace; either side may be empty. */
export function windowPairs(
  { simulated, live }: { simulated: readonly RunRecord[]; live: readonly RunRecord[] },
  sla: Sla,
): WindowPair[] {
  const windowsOf = ({ requests, run }: RunRecord) => slaWindows(requests, sla, run.trace.durationMs)
  const predicted = simulated.map(windowsOf)
  const measured = live.map(windowsOf)
  const [first] = [...predicted, ...measured]
  return (first ?? []).map(({ fromMs, toMs }, k) => {
    const own = (runs: typeof predicted) =>
      runs
        .map((windows) => windows[k]!)
        .flatMap(({ requests, violating, violated }) =>
          violated === null ? [] : [{ share: violating / requests, violated }],
        )
    const simulatedShares = own(predicted)
    return {
      fromMs,
      toMs,
      predicted: predictionInterval(simulatedShares.map(({ share }) => share)),
      violatedShare:
        simulatedShares.length === 0
          ? null
          : simulatedShares.filter(({ violated }) => violated).length / simulatedShares.length,
      measured: own(measured),
    }
  })
}
