import { OUTCOMES, type ReplicaEvent, type RunHeader, type TickRow } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'

const OK = OUTCOMES.indexOf('ok')
const SLA_LIMIT_MS = 500
const SLA_SHARE = 0.95
const SLA_WINDOW_MS = 10_000
/** Log-linear: below 1024 us each us has a bucket, above 1024 buckets an octave. */
const SUB_BITS = 10
const SUB = 1 << SUB_BITS
const BUCKETS = 22 * SUB

/**
 * The statistics that bench/full.c keeps, of a run of any length: sums, a histogram of response times in
 * whole us, the windows of p95<500ms over 10s, the integral of replicas that cost, reversals of the target.
 */
export class BenchSink implements RunSink {
  requests = 0
  #answered = 0
  #violations = 0
  #responseMs = 0
  #waitMs = 0
  #histogram = new Uint32Array(BUCKETS)
  #windowRequests = new Uint32Array(0)
  #windowViolations = new Uint32Array(0)
  #endMs = 0
  #replicas = 0
  #replicaMs = 0
  #replicasSinceMs = 0
  #direction = 0
  #reversals = 0

  start(run: RunHeader): void {
    this.#endMs = run.trace.durationMs
    const windows = Math.ceil(this.#endMs / SLA_WINDOW_MS)
    this.#windowRequests = new Uint32Array(windows)
    this.#windowViolations = new Uint32Array(windows)
  }

  request(ended: EndedRequests, slot: number): void {
    const intendedMs = ended.intendedMs(slot)
    const responseMs = ended.doneMs(slot) - intendedMs
    const isOk = ended.outcome(slot) === OK
    const window = (intendedMs / SLA_WINDOW_MS) | 0
    this.requests++
    this.#windowRequests[window]!++
    if (!isOk || !(responseMs < SLA_LIMIT_MS)) {
      this.#violations++
      this.#windowViolations[window]!++
    }
    if (!isOk) return
    this.#answered++
    this.#responseMs += responseMs
    this.#waitMs += ended.queueWaitMs(slot)
    this.#histogram[bucketOf(responseMs)]!++
  }

  tick({ target, observation }: TickRow): void {
    const direction = Math.sign(target - observation.target)
    if (direction === 0) return
    if (this.#direction === -direction) this.#reversals++
    this.#direction = direction
  }

  replica({ atMs, state }: ReplicaEvent): void {
    if (state === 'starting') this.#cost(atMs, 1)
    if (state === 'stopped' || state === 'failed') this.#cost(atMs, -1)
  }

  /** Response times are those of the answered requests. */
  results() {
    this.#cost(this.#endMs, 0)
    const windows = this.#windowRequests.filter((count) => count > 0).length
    const violated = this.#windowRequests.filter(
      (count, i) => count > 0 && this.#windowViolations[i]! > (1 - SLA_SHARE + 1e-12) * count,
    ).length
    return {
      meanResponseMs: this.#responseMs / this.#answered,
      meanWaitMs: this.#waitMs / this.#answered,
      responseMsP95: this.#quantileMs(0.95),
      violationShare: this.#violations / this.requests,
      windowViolationShare: violated / windows,
      replicaSeconds: this.#replicaMs / 1000,
      reversals: this.#reversals,
    }
  }

  #cost(atMs: number, change: number): void {
    const untilMs = Math.min(atMs, this.#endMs)
    this.#replicaMs += this.#replicas * (untilMs - this.#replicasSinceMs)
    this.#replicasSinceMs = untilMs
    this.#replicas += change
  }

  #quantileMs(p: number): number {
    let bucket = 0
    let below = this.#histogram[0]!
    while (below < p * this.#answered) below += this.#histogram[++bucket]!
    return valueMsOf(bucket)
  }
}

function bucketOf(ms: number): number {
  const us = (ms * 1000 + 0.5) | 0 // a client waits 10 s at most, twice: far below 2^31 us
  if (us < SUB) return us
  const shift = 31 - Math.clz32(us) - SUB_BITS
  return Math.min(BUCKETS - 1, shift * SUB + (us >> shift))
}

/** The middle of a bucket, ms. */
function valueMsOf(bucket: number): number {
  if (bucket < SUB) return bucket / 1000
  const shift = (bucket >> SUB_BITS) - 1
  return ((bucket - shift * SUB + 0.5) * 2 ** shift) / 1000
}
