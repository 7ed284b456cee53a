import { max, mean, min } from 'simple-statistics'
import type { ReplicaEvent, RunRecord, StartPhases } from '../record/schema.ts'
import { START_METHODS } from '../record/schema.ts'

/** Starts of one kind: how, how many were asked for at once, and whether there was load. */
export interface StartRow {
  method: StartPhases['method']
  together: number
  loaded: boolean
  /** Means, ms. answerMs is null where a start did not tell it. */
  phases: { createMs: number; startMs: number; answerMs: number | null; checkMs: number }
  totalMs: { mean: number; min: number; max: number }
  count: number
}

/** From the decision that a replica goes until its container is gone, ms. */
export interface StopRow {
  loaded: boolean
  goneMs: { mean: number; min: number; max: number }
  count: number
}

interface Start {
  phases: StartPhases
  together: number
  loaded: boolean
}

/** Starts within this span were asked for by one decision. */
const AT_ONCE_MS = 50

/** The starts during the runs (those before time 0 were prepared), grouped: by method, without load first, single first. */
export function startRows(records: readonly RunRecord[]): StartRow[] {
  const groups = Map.groupBy(records.flatMap(startsOf), ({ phases, together, loaded }) =>
    [START_METHODS.indexOf(phases.method), Number(loaded), String(together).padStart(4, '0')].join(),
  )
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, starts]) => rowOf(starts))
}

/** Replicas that were drained and stopped; calling off a start is not among them. */
export function stopRows(records: readonly RunRecord[]): StopRow[] {
  return [false, true].flatMap((loaded) => {
    const times = records.filter((record) => hasLoad(record) === loaded).flatMap(stopsOf)
    return times.length === 0 ? [] : [{ loaded, goneMs: spread(times), count: times.length }]
  })
}

type StartKind = Pick<StartRow, 'method' | 'together' | 'loaded'>

export const situationOf = ({ together, loaded }: Omit<StartKind, 'method'>) =>
  `${together === 1 ? 'alone' : `${together} at once`}, ${loaded ? 'loaded' : 'idle'}`

/** `cold, 3 at once, idle` */
export const startLabel = (kind: StartKind) => `${kind.method}, ${situationOf(kind)}`

function startsOf(record: RunRecord): Start[] {
  const asked = timesOf(record.replicas, 'starting')
  const together = (atMs: number) =>
    [...asked.values()].filter((other) => Math.abs(other - atMs) <= AT_ONCE_MS).length
  return record.replicas.flatMap(({ replica, phases }) => {
    const atMs = asked.get(replica) ?? 0
    return phases && atMs > 0 ? [{ phases, together: together(atMs), loaded: hasLoad(record) }] : []
  })
}

function stopsOf({ replicas }: RunRecord): number[] {
  const ready = timesOf(replicas, 'ready')
  const draining = timesOf(replicas, 'draining')
  return replicas.flatMap(({ replica, state, atMs }) =>
    state === 'stopped' && ready.has(replica) ? [atMs - draining.get(replica)!] : [],
  )
}

const timesOf = (events: readonly ReplicaEvent[], wanted: ReplicaEvent['state']) =>
  new Map(events.filter(({ state }) => state === wanted).map(({ replica, atMs }) => [replica, atMs]))

const hasLoad = ({ requests }: RunRecord) => requests.intendedMs.length > 0

function rowOf(starts: readonly Start[]): StartRow {
  const { phases, together, loaded } = starts[0]!
  const each = (name: 'createMs' | 'startMs' | 'checkMs') => mean(starts.map((start) => start.phases[name]))
  const answers = starts.flatMap((start) => start.phases.answerMs ?? [])
  return {
    method: phases.method,
    together,
    loaded,
    phases: {
      createMs: each('createMs'),
      startMs: each('startMs'),
      answerMs: answers.length === starts.length ? mean(answers) : null,
      checkMs: each('checkMs'),
    },
    totalMs: spread(starts.map(({ phases: own }) => totalOf(own))),
    count: starts.length,
  }
}

const totalOf = ({ createMs, startMs, answerMs, checkMs }: StartPhases) =>
  createMs + startMs + (answerMs ?? 0) + checkMs

const spread = (values: number[]) => ({ mean: mean(values), min: min(values), max: max(values) })
