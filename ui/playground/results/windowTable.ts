/// <reference lib="dom" />
import { valueAt } from '../../../analysis/replicas.ts'
import { inUnit, secondsText } from '../../../plots/texts.ts'
import { byId, element } from '../../charts/elements.ts'
import type { View } from '../protocol.ts'
import type { Names } from './words.ts'

/** The charts as a table, one row a window of the promise and policy: what a person who does not see them reads. */
export function showWindowTable(names: Names, a: View, b: View | null): void {
  const rows = a.windows.flatMap((_, k) => [rowOf(names.a, a, k), ...(b ? [rowOf(names.b, b, k)] : [])])
  byId('windows').replaceChildren(...rows)
}

function rowOf(name: string, view: View, k: number): HTMLTableRowElement {
  const { fromMs, toMs, requests, violating, violated, tookMs } = view.windows[k]!
  const { ready } = view.replicas
  const replicas = valueAt(
    { atMs: ready.map(({ atMs }) => atMs), values: ready.map(({ value }) => value!) },
    (fromMs + toMs) / 2,
  )
  const waiting = view.queued.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  const most = Math.max(0, ...waiting.map(({ value }) => value ?? 0))
  const verdict = violated === null ? 'no request' : violated ? 'broken' : 'kept'
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, `${secondsText(fromMs)} to ${secondsText(toMs)}`),
    ...[
      name,
      String(requests),
      String(violating),
      inUnit(tookMs, ' ms'),
      verdict,
      String(replicas),
      String(most),
    ].map((text) => element('td', {}, text)),
  )
}
