import { mean } from 'simple-statistics'
import { parseRateLimit, type RateLimit } from '../../control/rateLimit.ts'
import type { RunRecord } from '../../record/schema.ts'
import { PLAIN_CONTAINER } from '../assemble.ts'
import type { ContainerModel, Fitted } from '../model.ts'
import { backToBackMs } from './backToBack.ts'
import type { Identified } from './identified.ts'
import type { ClassSamples } from './service.ts'

/** Fewer back-to-back rejections than this are not preferred to the proxy's timers. */
const FEWEST = 20

/**
 * How a replica takes requests: one thread, as the fit of its overhead takes it to be, with
 *
 *     rateLimit   as the application was told it, where all runs agree
 *     rejectMs    from the answers 429: back to back, else the proxy's timers
 *     checkMs     a health check is a request whose handler does next to nothing, so it holds the thread for the
 *                 least overhead of any class: a check is in no log, so it is not measured itself
 *
 * @param fitted fits a sample and keeps it for the pictures.
 */
export function fitContainer(
  records: readonly RunRecord[],
  samples: ReadonlyMap<string, ClassSamples>,
  fitted: (label: string, sample: readonly number[]) => Fitted,
): { container: ContainerModel; remarks: string[]; identified: Identified[] } {
  const { limit, differ } = commonRateLimit(records)
  const rejected = rejectedMs(records)
  const light = lightest(samples)
  const bare = fitted('health check', samples.get(light)!.overheadMs)
  const rejectMs = rejected.sample.length > 0 ? fitted('rejection', rejected.sample) : bare
  return {
    container: { ...PLAIN_CONTAINER, rateLimit: limit, rejectMs, checkMs: bare },
    remarks: differ
      ? [
          'the runs had different rate limits, so the model has none: give sim run --rate-limit the one that is meant',
        ]
      : [],
    identified: [
      {
        quantity: 'container.rateLimit',
        from: differ ? null : "the application's settings",
        samples: differ ? 0 : records.length,
        missing: differ ? 'runs of one rate limit' : null,
      },
      {
        quantity: 'container.rejectMs',
        from: rejected.from ?? `overhead of class ${light}`,
        samples: rejected.sample.length,
        missing: rejected.from ? null : "live calibrate saturation --rate-limit '5 per second'",
      },
      {
        quantity: 'container.checkMs',
        from: `overhead of class ${light}`,
        samples: samples.get(light)!.overheadMs.length,
        missing: 'a check is in no log: not measured itself',
      },
    ],
  }
}

const lightest = (samples: ReadonlyMap<string, ClassSamples>) =>
  [...samples].sort(([, a], [, b]) => mean(a.overheadMs) - mean(b.overheadMs))[0]![0]

function commonRateLimit(records: readonly RunRecord[]): { limit: RateLimit | null; differ: boolean } {
  const limits = records
    .filter(({ requests }) => requests.intendedMs.length > 0)
    .map(({ run }) =>
      run.app?.rateLimit === undefined ? null : parseRateLimit(run.app.rateLimit, 'run.json: app.rateLimit'),
    )
  const differ = new Set(limits.map((limit) => JSON.stringify(limit))).size > 1
  return { limit: differ ? null : limits[0]!, differ }
}

function rejectedMs(records: readonly RunRecord[]): { sample: number[]; from: string | null } {
  const pairs: number[] = []
  const timers: number[] = []
  for (const { requests } of records) {
    const holdingMs = backToBackMs(requests)
    requests.outcome.forEach((outcome, i) => {
      if (outcome !== 'rejected' || Number.isNaN(requests.serviceMs[i]!)) return
      timers.push(requests.serviceMs[i]!)
      if (!Number.isNaN(holdingMs[i]!)) pairs.push(holdingMs[i]!)
    })
  }
  if (pairs.length >= FEWEST) return { sample: pairs, from: 'answers 429, back to back' }
  return { sample: timers, from: timers.length > 0 ? "answers 429, the proxy's timers" : null }
}
