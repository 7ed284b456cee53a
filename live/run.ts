import { utcNow } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import type { Fault } from '../control/faults.ts'
import type { Parameters, Policy } from '../policies/policy.ts'
import { startRecord } from '../record/append.ts'
import {
  type ControlSettings,
  RECORD_SCHEMA,
  type RunHeader,
  type ServiceSettings,
  type TickRow,
} from '../record/schema.ts'
import type { Trace } from '../traces/trace.ts'
import { hostFacts } from './host.ts'
import { Session } from './session.ts'
import { type AppSettings, openTestbed } from './testbed.ts'

export interface LiveRun {
  trace: Trace
  policy: Policy
  parameters: Parameters
  control: ControlSettings
  service: ServiceSettings
  app: AppSettings
  seed: number
  purpose: RunHeader['purpose']
  model: RunHeader['model']
  prediction: RunHeader['prediction']
  /** Of the proxy on 127.0.0.1; 0 for a free one. */
  port: number
  faults?: readonly Fault[]
  /** Ends the run before its trace does: an experiment that has seen enough. */
  endsWhen?: (row: TickRow) => boolean
}

export interface LiveRunHooks {
  /** The record's folder. */
  folder: string
  /** Progress, one line each. */
  say: (line: string) => void
  onTick?: (row: TickRow) => void
  signal?: AbortSignal
}

/**
 * One run on the real parts: the trace's arrivals for this seed against the real service, under the policy.
 * sim/run.ts is its counterpart. The record grows while the run goes on. On an abort it is finished as
 * `interrupted`, everything that was started is removed, and the signal's reason is thrown.
 */
export async function liveRun(run: LiveRun, hooks: LiveRunHooks): Promise<RunHeader> {
  const header = startHeader(run)
  const record = await startRecord(hooks.folder, header)
  const session = new Session(run, hooks, record)
  try {
    await session.open(openTestbed)
    await session.run()
  } catch (error) {
    await session.close()
    const reason = hooks.signal?.aborted ? 'the run was interrupted' : messageOf(error)
    const verdict = { valid: false, reasons: [reason] }
    await record.finish({ ...header, ...session.facts(), state: 'interrupted', verdict })
    throw error
  }
  await session.close()
  const final: RunHeader = { ...header, ...session.facts(), state: 'complete', verdict: session.verdict() }
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
    app: { ...run.app },
    prediction: run.prediction,
    versions: {},
    host: hostFacts(),
    lateness: null,
    verdict: { valid: true, reasons: [] },
  }
}
