import type { TickRow } from '../record/schema.ts'
import { table } from './output.ts'

/** Tick by tick what the policy saw and why it decided as it did. */
export async function explainTicks(ticks: readonly TickRow[]): Promise<string> {
  const known = (value: number | null | undefined, digits = 0) =>
    value === null || value === undefined ? '?' : value.toFixed(digits)
  const rows = ticks.map(({ observation: seen, decision, target }) => [
    (seen.nowMs / 1000).toFixed(Number.isInteger(seen.nowMs / 1000) ? 0 : 1),
    known(seen.arrivalsPerS, 1),
    known(seen.completionsPerS, 1),
    known(seen.inFlight),
    known(seen.queued),
    seen.utilisation === null ? '?' : `${(100 * seen.utilisation).toFixed(0)} %`,
    known(seen.responseMs?.p95),
    String(seen.replicas.ready),
    seen.replicas.starting ? `+${seen.replicas.starting}` : '',
    seen.replicas.draining ? `-${seen.replicas.draining}` : '',
    target === seen.target ? '' : `${seen.target} -> ${target}`,
    decision.reason,
  ])
  const head = [
    's',
    'load/s',
    'done/s',
    'busy',
    'queue',
    'util',
    'p95 ms',
    'ready',
    'up',
    'out',
    'target',
    'why',
  ]
  return table(head, rows, 0)
}
