import { parseSla } from '../../analysis/sla.ts'
import type { RequestRow, RunRecord } from '../../record/schema.ts'
import type { Dashboard } from './dashboard.ts'
import type { Hello, Prediction } from './messages.ts'

/** For tests: a whole record through the feed, as fast as it goes. */

export const SLA = parseSla('p95<500ms over 10s')

export function helloFor(
  { run }: RunRecord,
  prediction: Prediction | null,
  others: Partial<Hello> = {},
): Hello {
  const { durationMs, name } = run.trace
  return {
    policy: run.policy.name,
    parameters: run.policy.parameters,
    trace: name,
    durationMs,
    ratesPerS: Array.from({ length: Math.ceil(durationMs / 1000) }, () => 10),
    sla: SLA,
    replicas: {
      min: run.control.minReplicas,
      max: run.control.maxReplicas,
      initial: run.control.initialReplicas,
    },
    intervalMs: run.control.intervalMs,
    windowMs: run.control.windowMs,
    binMs: 1000,
    prediction,
    run: { number: 1, count: 1 },
    folder: 'runs/test',
    ...others,
  }
}

type Listener = Pick<Dashboard, 'onTick' | 'onReplica' | 'onRequest'>

/** All that the record got in [fromMs, untilMs), in order of time; what was never answered comes last. */
export function play(record: RunRecord, to: Listener, fromMs = 0, untilMs = Number.POSITIVE_INFINITY): void {
  const happened: { atMs: number; tell: () => void }[] = [
    ...record.replicas.map((event) => ({ atMs: event.atMs, tell: () => to.onReplica(event) })),
    ...rowsOf(record).map((row) => ({ atMs: row.doneMs ?? 1e12, tell: () => to.onRequest(row) })),
    ...record.ticks.map((row) => ({ atMs: row.observation.nowMs, tell: () => to.onTick(row) })),
  ]
  for (const { atMs, tell } of happened.sort((a, b) => a.atMs - b.atMs))
    if (atMs >= fromMs && atMs < untilMs) tell()
}

function rowsOf({ requests }: RunRecord): RequestRow[] {
  const known = (value: number) => (Number.isNaN(value) ? null : value)
  return requests.class.map((name, index) => ({
    index,
    class: name,
    intendedMs: requests.intendedMs[index]!,
    sentMs: requests.sentMs[index]!,
    doneMs: known(requests.doneMs[index]!),
    queueWaitMs: known(requests.queueWaitMs[index]!),
    serviceMs: known(requests.serviceMs[index]!),
    blockingMs: known(requests.blockingMs[index]!),
    cpuMs: known(requests.cpuMs[index]!),
    server: requests.server[index]!,
    status: requests.status[index]!,
    outcome: requests.outcome[index]!,
  }))
}
