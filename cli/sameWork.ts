import { UserError } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import { readRecord } from '../record/read.ts'
import { aloneCpuMs, slowingOf } from '../sim/fit/contention.ts'
import type { RecordedWork } from '../sim/work.ts'
import type { RunPlan } from './runOptions.ts'

/** The work of a run's record, request by request. Arrivals follow from trace and seed, so both must be those of the record. */
export async function sameWork(
  path: string,
  plan: Pick<RunPlan, 'trace' | 'model'>,
): Promise<{ work: RecordedWork; seed: number }> {
  const record = await readRecord(path)
  const { run, requests } = record
  if (run.traceHash !== hashOf(plan.trace)) {
    throw new UserError(
      `--work ${path} is a run on the trace ${run.trace.name} (${run.traceHash.slice(0, 8)}), not on this one. Give --trace and its transforms as that run had them`,
    )
  }
  return {
    work: { blockingMs: requests.blockingMs, cpuMs: aloneCpuMs(record, slowingOf(plan.model.cpu)) },
    seed: run.seed,
  }
}
