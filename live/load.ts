import { runClock, utcNow } from '../base/clock.ts'
import { hashOf } from '../base/hash.ts'
import { DEFAULT_CONTROL } from '../control/service.ts'
import { NO_KNOWLEDGE } from '../policies/policy.ts'
import { startRecord } from '../record/append.ts'
import { RECORD_SCHEMA, type RunHeader, type ServiceSettings } from '../record/schema.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import { assertOpenLoop } from '../traces/limits.ts'
import type { Trace } from '../traces/trace.ts'
import { hostFacts } from './host.ts'
import { generateLoad } from './load/loadgen.ts'
import { prepareObjects } from './load/prepareObjects.ts'
import type { HttpRequest } from './load/requests.ts'
import { goFirst } from './priority.ts'
import { LATENESS_BOUND_P99_MS, lateGenerator } from './verdict.ts'

export interface Load {
  url: string
  ownTarget: boolean
  trace: Trace
  seed: number
  service: ServiceSettings
  /** What every request is; null for those of the object store. */
  request: HttpRequest | null
  /** LoadOptions.spin. */
  spin: boolean
}

/**
 * Sends a trace to a service that is already there, with nobody scaling it, and records what the client
 * saw. Queue and service times stay unknown: the proxy's log is not ours to read.
 */
export async function recordLoad(
  load: Load,
  hooks: { folder: string; signal?: AbortSignal },
): Promise<RunHeader> {
  const { url, ownTarget, trace, seed, service, request, spin } = load
  const { signal } = hooks
  assertOpenLoop(trace, `trace ${trace.name}`)
  await prepareObjects({ url, ownTarget, request, signal })
  const header = startHeader(load)
  const record = await startRecord(hooks.folder, header)
  const undo = goFirst()
  const summary = await generateLoad({
    url,
    ownTarget,
    arrivals: generateArrivals(trace, seed),
    seed,
    request,
    spin,
    now: runClock(),
    timeoutMs: service.clientTimeoutMs,
    onDone: (row) => record.addRequest({ ...row, queueWaitMs: null, serviceMs: null }),
    signal,
  }).finally(undo)
  const reasons = [
    ...lateGenerator(summary.lateness),
    ...(signal?.aborted ? ['the run was interrupted'] : []),
  ]
  const final: RunHeader = {
    ...header,
    state: signal?.aborted ? 'interrupted' : 'complete',
    lateness: summary.lateness && { ...summary.lateness, boundP99: LATENESS_BOUND_P99_MS },
    verdict: { valid: reasons.length === 0, reasons },
  }
  await record.finish(final)
  signal?.throwIfAborted()
  return final
}

function startHeader({ url, trace, seed, service }: Load): RunHeader {
  return {
    schema: RECORD_SCHEMA,
    mode: 'live',
    purpose: 'load',
    state: 'running',
    startedAt: utcNow(),
    seed,
    trace: { ...trace, mix: { ...trace.mix } },
    traceHash: hashOf(trace),
    model: null,
    policy: { name: 'none', parameters: {} },
    control: { ...DEFAULT_CONTROL, knowledge: NO_KNOWLEDGE },
    service,
    app: { url },
    prediction: null,
    versions: { node: process.version },
    host: hostFacts(),
    lateness: null,
    verdict: { valid: true, reasons: [] },
  }
}
