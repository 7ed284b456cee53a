import { utcNow } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import { startRecord } from '../record/append.ts'
import { faultText } from '../record/faults.ts'
import { RECORD_SCHEMA, type RunHeader } from '../record/schema.ts'
import { assertOpenLoop } from '../traces/limits.ts'
import { appInRecord } from './appSettings.ts'
import { Conductor, type LiveRun, type LiveRunHooks } from './conductor.ts'
import { hostFacts } from './host.ts'

export type { LiveRun, LiveRunHooks } from './conductor.ts'

/**
 * One run on the real parts: the trace's arrivals for this seed against the real service, under the policy.
 * sim/run.ts is its counterpart. The record grows while the run goes on. On an abort it is finished as
 * `interrupted`, everything that was started is removed, and the signal's reason is thrown.
 */
export async function liveRun(run: LiveRun, hooks: LiveRunHooks): Promise<RunHeader> {
  assertOpenLoop(run.trace, `trace ${run.trace.name}`)
  const header = startHeader(run)
  const record = await startRecord(hooks.folder, header)
  const conductor = new Conductor(run, hooks, record)
  try {
    await conductor.open()
    await conductor.run()
  } catch (error) {
    await conductor.close()
    const reason = hooks.signal?.aborted ? 'the run was interrupted' : messageOf(error)
    const verdict = { valid: false, reasons: [reason, ...conductor.steering()] }
    await record.finish({ ...header, ...conductor.facts(), state: 'interrupted', verdict })
    throw error
  }
  await conductor.close()
  const final: RunHeader = {
    ...header,
    ...conductor.facts(),
    state: 'complete',
    verdict: conductor.verdict(),
  }
  await record.finish(final)
  return final
}

function startHeader(run: LiveRun): RunHeader {
  const { trace } = run
  return {
    schema: RECORD_SCHEMA,
    mode: 'live',
    purpose: run.purpose,
    state: 'running',
    startedAt: utcNow(),
    seed: run.seed,
    trace: { ...trace, mix: { ...trace.mix } },
    traceHash: hashOf(trace),
    model: run.model,
    policy: { name: run.policy.name, parameters: { ...run.parameters } },
    control: run.control,
    service: run.service,
    app: appInRecord(run.app),
    prediction: run.prediction,
    versions: {},
    host: hostFacts(),
    ...(run.faults?.length ? { faults: run.faults.map(faultText) } : {}),
    lateness: null,
    verdict: { valid: true, reasons: [] },
  }
}
