import { replicaCounter } from '../analysis/replicas.ts'
import type { ReplicaEvent, RunRecord } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'
import type { CalibratedRange, Model } from './model.ts'

/** Requests are counted in spans of this length: over a second the peak would be chance. */
const SPAN_MS = 5000

/**
 * How far a run may go beyond what its model was calibrated with, as a factor. A model of one replica at up to 13 requests/s and of
 * starts of three at once predicts measured runs at 42 requests/s and with 8 replicas as well as a model of the whole range does
 * (docs/believed.md): 3.2 and 2 times. Of starts nothing was measured beyond; 3 lets the largest step from 1 to 8 replicas pass.
 */
const FURTHEST: Readonly<Record<keyof CalibratedRange, number>> = {
  arrivalsPerS: 3,
  replicas: 2,
  concurrentStarts: 3,
}

/** Hears a run and tells what it asked of its model, in memory that grows by a number in five seconds. */
export class NeedsSink implements RunSink {
  readonly #requests: number[] = []
  readonly #ready = replicaCounter(['ready'])
  readonly #starting = replicaCounter(['starting'])
  #mostReady = 0
  #mostStarting = 0

  start(): void {}
  tick(): void {}

  request(ended: EndedRequests, slot: number): void {
    this.arrival(ended.intendedMs(slot))
  }

  arrival(intendedMs: number): void {
    const span = Math.floor(intendedMs / SPAN_MS)
    this.#requests[span] = (this.#requests[span] ?? 0) + 1
  }

  /** Those of before time 0 were prepared. */
  replica(event: ReplicaEvent): void {
    this.#mostReady = Math.max(this.#mostReady, this.#ready(event))
    const starting = event.atMs > 0 ? this.#starting(event) : 0
    this.#mostStarting = Math.max(this.#mostStarting, starting)
  }

  needs(): CalibratedRange {
    const busiest = this.#requests.reduce((most, count) => Math.max(most, count ?? 0), 0)
    return {
      arrivalsPerS: busiest / (SPAN_MS / 1000),
      replicas: this.#mostReady,
      concurrentStarts: this.#mostStarting,
    }
  }
}

/** What a recorded run asked of its model. */
export function needsOf({ requests, replicas }: RunRecord): CalibratedRange {
  const sink = new NeedsSink()
  for (const atMs of requests.intendedMs) sink.arrival(atMs)
  for (const event of replicas) sink.replica(event)
  return sink.needs()
}

/** What was measured for a model that is fitted to these runs: the most of each. */
export function calibratedBy(records: readonly RunRecord[]): CalibratedRange {
  const all = records.map(needsOf)
  const most = (of: keyof CalibratedRange) => all.reduce((sofar, needs) => Math.max(sofar, needs[of]), 0)
  return {
    arrivalsPerS: most('arrivalsPerS'),
    replicas: most('replicas'),
    concurrentStarts: most('concurrentStarts'),
  }
}

const TEXTS: Readonly<Record<keyof CalibratedRange, (amount: number) => string>> = {
  arrivalsPerS: (amount) => `${amount.toFixed(amount < 10 ? 1 : 0)} requests/s`,
  replicas: (amount) => `${amount} ${amount === 1 ? 'replica' : 'replicas'}`,
  concurrentStarts: (amount) => `${amount} ${amount === 1 ? 'start' : 'starts'} at once`,
}

/**
 * A line where the model may not predict a run with these needs, with how far it is beyond; none where it may, and for a model of which
 * nobody knows what it was calibrated with (written by hand, or of before it was noted).
 */
export function beyondCalibration({ name, calibrated }: Model, needs: CalibratedRange): string[] {
  if (!calibrated) return []
  const beyond = (Object.keys(FURTHEST) as (keyof CalibratedRange)[]).filter(
    (what) => needs[what] > FURTHEST[what] * calibrated[what],
  )
  if (beyond.length === 0) return []
  const upTo = beyond.map((what) => TEXTS[what](calibrated[what])).join(' and ')
  const had = beyond.map((what) => `${TEXTS[what](needs[what])}${timesText(needs[what], calibrated[what])}`)
  return [`the model ${name} was calibrated up to ${upTo}: this run had ${had.join(' and ')}`]
}

const timesText = (had: number, upTo: number) => (upTo > 0 ? ` (${(had / upTo).toFixed(1)} times)` : '')
