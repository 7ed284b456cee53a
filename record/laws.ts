import type { RunRecord } from './schema.ts'

/** Slack for comparisons of live times: log timers are whole milliseconds. */
const SLACK_MS = { sim: 1e-6, live: 5 }

/**
 * What every record obeys, whoever wrote it. Returns one line for each law that is broken; none is good.
 * Conservation over outcomes holds by the table's form (one outcome a row); that every arrival has its
 * row is checked against `injected`.
 */
export function brokenLaws(record: RunRecord, injected?: number): string[] {
  return [
    ...conservation(record, injected),
    ...causality(record),
    ...monotoneTime(record),
    ...replicaLives(record),
    ...ticksAgree(record),
  ]
}

function conservation({ requests }: RunRecord, injected: number | undefined): string[] {
  const rows = requests.intendedMs.length
  if (injected === undefined || rows === injected) return []
  return [`conservation: ${injected} requests were injected, ${rows} are in the record`]
}

function causality({ run, requests }: RunRecord): string[] {
  const slack = SLACK_MS[run.mode]
  const broken: string[] = []
  for (let i = 0; i < requests.intendedMs.length; i++) {
    const { intendedMs, sentMs, doneMs, queueWaitMs, serviceMs } = requests
    const late = sentMs[i]! < intendedMs[i]! - slack
    const backwards = doneMs[i]! < sentMs[i]! - slack
    const tooLong = queueWaitMs[i]! + serviceMs[i]! > doneMs[i]! - sentMs[i]! + slack
    if (late || backwards || tooLong || queueWaitMs[i]! < 0 || serviceMs[i]! < 0) {
      broken.push(
        `causality: request ${i} intended ${intendedMs[i]} sent ${sentMs[i]} done ${doneMs[i]} wait ${queueWaitMs[i]} service ${serviceMs[i]} ms`,
      )
    }
  }
  return broken
}

function monotoneTime({ ticks, replicas, requests }: RunRecord): string[] {
  const rising = (name: string, times: ArrayLike<number>) => {
    for (let i = 1; i < times.length; i++) {
      if (times[i]! < times[i - 1]!)
        return [`monotone time: ${name} ${i} at ${times[i]} ms comes after ${times[i - 1]} ms`]
    }
    return []
  }
  return [
    ...rising(
      'tick',
      ticks.map((row) => row.observation.nowMs),
    ),
    ...rising(
      'replica event',
      replicas.map((event) => event.atMs),
    ),
    ...rising('request', requests.intendedMs),
  ]
}

const MOVES: Record<string, readonly string[]> = {
  none: ['starting'],
  starting: ['ready', 'draining', 'failed', 'stopped'],
  ready: ['draining', 'failed'],
  draining: ['stopped', 'failed'],
  failed: ['stopped'],
  stopped: [],
}

function replicaLives({ replicas }: RunRecord): string[] {
  const states = new Map<string, string>()
  return replicas.flatMap(({ replica, state, atMs }) => {
    const before = states.get(replica) ?? 'none'
    states.set(replica, state)
    return MOVES[before]!.includes(state)
      ? []
      : [`replica life: ${replica} went from ${before} to ${state} at ${atMs} ms`]
  })
}

/** Each tick starts from what the one before it asked for. */
function ticksAgree({ ticks }: RunRecord): string[] {
  return ticks.slice(1).flatMap((row, i) => {
    const asked = ticks[i]!.target
    return row.observation.target === asked
      ? []
      : [`control: tick ${i + 1} starts from ${row.observation.target}, asked was ${asked}`]
  })
}
