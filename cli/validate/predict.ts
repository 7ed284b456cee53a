import { join } from 'node:path'
import type { Metrics } from '../../analysis/metrics.ts'
import { summarise } from '../../analysis/summary.ts'
import { DEFAULT_HEALTH } from '../../control/service.ts'
import { writeRecord } from '../../record/write.ts'
import { Recorder } from '../../sim/recorder.ts'
import { runMetrics } from '../../sim/replicate.ts'
import { judgedRun } from '../believe.ts'
import { prepareOutput } from '../output.ts'
import { PREDICTION_FILE, sha256Of, writePrediction } from '../prediction.ts'
import type { RunPlan } from '../runOptions.ts'

/** What a live run's record says of the prediction that was made before it. */
export interface Prediction {
  path: string
  sha256: string
}

/**
 * Simulates a cell and writes records and prediction into the folder, or takes the prediction that is there already.
 * The real proxy makes health checks, so the simulated one does (as `sim run` has it). Its file is written last, so a prediction that is there is whole.
 */
export async function predict(plan: RunPlan, folder: string, replications: number): Promise<Prediction> {
  const path = join(folder, PREDICTION_FILE)
  const known = await sha256Of(path)
  if (known !== null) return { path, sha256: known }
  await prepareOutput(folder, true)
  const service = { ...plan.service, health: DEFAULT_HEALTH }
  const runs: Metrics[] = []
  for (let i = 0; i < replications; i++) {
    const recorder = new Recorder()
    runs.push(runMetrics({ ...plan, service, seed: plan.seed + i }, plan.sla, recorder))
    await writeRecord(join(folder, String(i + 1)), judgedRun(recorder.record(), plan).record)
  }
  await writePrediction(folder, {
    sla: plan.sla.text,
    replications,
    seed: plan.seed,
    metrics: summarise(runs),
  })
  return { path, sha256: (await sha256Of(path))! }
}
