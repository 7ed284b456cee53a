import { type Metrics, metricsOf } from '../analysis/metrics.ts'
import { hashOf } from '../base/hash.ts'
import { type AppSettings, STAMPED_DELAY } from '../live/appSettings.ts'
import { liveRun } from '../live/run.ts'
import { doubtsOf, verdictWith } from '../record/doubts.ts'
import { readRecord } from '../record/read.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { writeHeader } from '../record/write.ts'
import { needsOf } from '../sim/calibrated.ts'
import { driftOf } from '../sim/drift.ts'
import type { Model } from '../sim/model.ts'
import { rolloutFor, warmedUp } from '../sim/rollout.ts'
import { remarkBeyond } from './believe.ts'
import type { Watch } from './liveUi.ts'
import { remark } from './program.ts'
import { tickProgress } from './progress.ts'
import type { RunPlan } from './runOptions.ts'

export interface Measured {
  header: RunHeader
  metrics: Metrics
}

/** One live run of a plan (with the work that it has, if any) into a folder, judged, with a warning where the service no longer is what the model says. */
export async function measureLive(
  plan: RunPlan,
  setUp: {
    app: AppSettings
    port: number
    prediction: { path: string; sha256: string } | null
    spin?: boolean
  },
  folder: string,
  signal: AbortSignal,
  watch?: Watch,
): Promise<Measured> {
  const progress = tickProgress(plan.trace.durationMs)
  try {
    await liveRun(
      {
        ...plan,
        ...setUp,
        app: plan.work ? { ...setUp.app, delay: STAMPED_DELAY } : setUp.app,
        purpose: 'run',
        model: { name: plan.model.name, hash: hashOf(plan.model) },
        rollout: warmedUp(rolloutFor(plan)),
      },
      {
        folder,
        say: remark,
        signal,
        ...watch,
        onTick(row) {
          progress.onTick(row)
          watch?.onTick(row)
        },
      },
    )
  } finally {
    progress.end()
  }
  const { record, ...measured } = await judged(folder, plan)
  warnOfDrift(record, plan.model)
  remarkBeyond(plan.model, needsOf(record))
  return measured
}

/** Reads the record back, checks the laws on it and notes what is broken in its verdict. */
export async function judged(
  folder: string,
  { sla }: Pick<RunPlan, 'sla'>,
): Promise<Measured & { record: RunRecord }> {
  const record = await readRecord(folder)
  const verdict = verdictWith(doubtsOf(record))
  if (verdict.reasons.length > record.run.verdict.reasons.length) {
    record.run.verdict = verdict
    await writeHeader(folder, record.run)
  }
  return { record, header: record.run, metrics: metricsOf(record, sla) }
}

function warnOfDrift(record: RunRecord, model: Model): void {
  for (const { what, samples, measuredMsMean, modelMsMean } of driftOf(record, model)) {
    remark(
      `drift: ${what} took ${measuredMsMean.toFixed(1)} ms on average (${samples} values), the model ${model.name} ` +
        `says ${modelMsMean.toFixed(1)} ms. Predictions with it are no longer good: live calibrate, then sim fit`,
    )
  }
}
