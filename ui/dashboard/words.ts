import type { Band } from '../../analysis/timeline.ts'
import { formatDuration } from '../../base/units.ts'
import { clockText } from '../charts/axes.ts'
import { nowMs, type View } from './view.ts'

/** The texts of the page. */

export type Connection = 'open' | 'trying' | 'refused'

export function title({ hello }: View): string {
  return `${hello.policy} on ${hello.trace}`
}

export function subtitle({ hello }: View): string {
  const { run, sla, durationMs, folder } = hello
  const which = run.count > 1 ? `run ${run.number} of ${run.count}, ` : ''
  return `Live, ${which}${formatDuration(durationMs)}, SLA ${sla.text}, record in ${folder}`
}

export function clock(view: View): string {
  const { durationMs } = view.hello
  const leftMs = Math.max(0, durationMs - nowMs(view))
  const passed = `${clockText(nowMs(view))} of ${clockText(durationMs)}`
  return view.state === 'over' ? passed : `${passed}, ${clockText(leftMs)} left`
}

/** The state of the run in words: read out when it changes, so nothing in it changes with each tick. */
export function status(view: View | null, connection: Connection): string {
  if (view?.state !== 'over') {
    if (connection === 'trying') return 'Connection lost, trying again. What is shown may be old.'
    if (connection === 'refused') return 'Connection refused. Open the URL that the command printed.'
  }
  if (!view) return 'Connecting'
  switch (view.state) {
    case 'starting':
      return 'Starting: proxy and first replicas come up'
    case 'running':
      return view.steered ? 'Running, was steered by hand: no measurement of the policy' : 'Running'
    case 'paused':
      return 'Policy paused: replicas change by hand only, and the run will not count as valid'
    case 'stopping':
      return 'Stopping: containers are being removed'
    case 'over':
      return overText(view)
  }
}

function overText({ end }: View): string {
  const { state, verdict, last } = end!
  const next = last ? '' : '. The next run follows'
  const how = state === 'interrupted' ? 'Run stopped before its end' : 'Run over'
  if (verdict.valid) return `${how}, the measurement is valid${next}`
  return `${how}, not valid: ${verdict.reasons.join('; ')}${next}`
}

export interface Figure {
  label: string
  value: string
  remark: string
}

/** The numbers above the charts. */
export function figures(view: View): Figure[] {
  const { hello, soFar, ticks, state } = view
  const { prediction } = hello
  const latest = ticks.at(-1)
  const atMs = nowMs(view)
  const isWhole = state === 'over' || atMs === 0
  const span = state === 'over' ? 'predicted' : isWhole ? 'predicted in all' : 'predicted by now'
  const expected = (band: Band | undefined, text: (value: number) => string) =>
    band ? `${span} ${between(band, atMs === 0 ? hello.durationMs : atMs, text)}` : 'no prediction'
  const whole = view.end?.metrics?.responseMsP95
  const p95 = whole ?? view.p95Ms.findLast((value) => value !== undefined && value !== null)
  return [
    {
      label: 'SLA violations',
      value: soFar.violationShare === null ? 'none yet' : percent(soFar.violationShare),
      remark: expected(prediction?.violationShareSoFar, percent),
    },
    {
      label: 'Replica-seconds',
      value: soFar.replicaSeconds.toFixed(0),
      remark: expected(prediction?.replicaSecondsSoFar, (value) => value.toFixed(0)),
    },
    {
      label: whole == null ? 'p95 of the last requests' : 'p95 of all requests',
      value: p95 == null ? 'none yet' : `${p95.toFixed(0)} ms`,
      remark: `limit ${hello.sla.limitMs} ms`,
    },
    {
      label: 'Replicas ready',
      value: latest ? String(latest.replicas.ready) : '?',
      remark: latest ? `${latest.replicas.starting} starting, ${latest.target} asked for` : '',
    },
    {
      label: 'Waiting in the proxy',
      value: known(latest?.queued),
      remark: `${known(latest?.inFlight)} at a server`,
    },
  ]
}

/** The interval of a band at a time, in words. */
export function between(band: Band, atMs: number, text: (value: number) => string): string {
  const last = band.atMs.findLastIndex((time) => time <= atMs)
  const k = Math.max(0, last)
  const lo = band.lo[k]
  const hi = band.hi[k]
  if (lo == null || hi == null) return 'unknown'
  return text(lo) === text(hi) ? text(lo) : `${text(lo)} to ${text(hi)}`
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)}\u00a0%`

export const known = (value: number | null | undefined, digits = 0): string =>
  value == null ? '?' : value.toFixed(digits)
