import { mean } from 'simple-statistics'
import { ANSWERED } from '../analysis/outcomes.ts'
import type { RunRecord } from '../record/schema.ts'
import { cdfOf, type Distribution, meanOf } from './distribution.ts'
import { slowingOf } from './fit/contention.ts'
import { ksCriticalPerMille, ksStatistic } from './fit/ks.ts'
import { classSamples } from './fit/service.ts'
import { observedStarts } from './fit/startup.ts'
import type { Model } from './model.ts'

/** A quantity of the service that no longer is what the model says. */
export interface Drift {
  /** `read: blocking`, `cold start`. */
  what: string
  samples: number
  measuredMsMean: number
  modelMsMean: number
  /** KS distance to the model's distribution; beyond `critical` chance alone would take it once in a thousand. */
  statistic: number
  critical: number
}

/** Fewer values say nothing. */
const FEWEST = 30
/** Share of the requests that may have got no answer: long work is given up first, so what was answered is then too short. */
const CENSORED_SHARE = 0.005
/** A start is rare: this many must do. */
const FEWEST_STARTS = 5
/** A mean so near to the model's does no harm to a prediction, however sure the difference is: share, and ms. */
const HARMLESS_SHARE = 0.05
const HARMLESS_MS = 1

/**
 * What of a live run the model no longer fits: blocking and CPU time of each class, and starts that were alone.
 * A drift is a KS distance beyond the 0.1 % critical value together with a mean that is off by more than 5 %
 * and 1 ms: with thousands of requests the test alone would call any model wrong. A class that the model lacks is
 * not looked at here: a prediction for it is refused anyway. Where more than 0.5 % of the requests got no answer,
 * only the starts are looked at.
 */
export function driftOf(record: RunRecord, model: Model): Drift[] {
  const found: Drift[] = []
  const look = (what: string, sample: number[], distribution: Distribution, fewest = FEWEST) => {
    if (sample.length < fewest) return
    const sorted = [...sample].sort((a, b) => a - b)
    const statistic = ksStatistic(sorted, (x) => cdfOf(distribution, x))
    const critical = ksCriticalPerMille(sample.length)
    const measuredMsMean = mean(sorted)
    const modelMsMean = meanOf(distribution)
    const off = Math.abs(measuredMsMean - modelMsMean)
    if (statistic > critical && off > HARMLESS_MS && off > HARMLESS_SHARE * modelMsMean)
      found.push({ what, samples: sample.length, measuredMsMean, modelMsMean, statistic, critical })
  }
  for (const [name, own] of isCensored(record) ? [] : classSamples([record], slowingOf(model.cpu))) {
    const fitted = model.classes[name]
    if (!fitted) continue
    look(`${name}: blocking`, own.blockingMs, fitted.blockingMs.distribution)
    look(`${name}: CPU`, own.cpuMs, fitted.cpuMs.distribution)
  }
  const alone = observedStarts([record]).filter(({ method, others }) => method === 'cold' && others === 0)
  look(
    'cold start',
    alone.map(({ durationMs }) => durationMs),
    model.startup.cold.distribution,
    FEWEST_STARTS,
  )
  return found
}

function isCensored({ requests: { outcome } }: RunRecord): boolean {
  const answered = outcome.filter((one) => ANSWERED[one]).length
  return answered < (1 - CENSORED_SHARE) * outcome.length
}
