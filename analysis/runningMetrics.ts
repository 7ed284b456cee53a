import { assert } from '../base/assert.ts'
import { OUTCOMES, type ReplicaEvent, type RunHeader, type TickRow } from '../record/schema.ts'
import type { EndedRequests, RunSink } from '../record/sink.ts'
import { Histogram } from './histogram.ts'
import type { Metrics } from './metrics.ts'
import { ANSWERED, COUNTED_AS } from './outcomes.ts'
import { RunningReplicas } from './runningReplicas.ts'
import type { Sla } from './sla.ts'
import { breaksLimit, isViolated, windowOf, windowsIn } from './violations.ts'

/**
 * The metrics of `metricsOf` while the run happens, in memory that grows with neither its requests nor its
 * ticks, only with its SLA windows: counts and shares are the same, percentiles within 0.1 % (histogram.ts).
 */
export class RunningMetrics implements RunSink {
  readonly #sla: Sla
  readonly #limitMs: number
  readonly #windowMs: number
  /** By outcome. */
  readonly #isOk = Uint8Array.from(OUTCOMES, (outcome) => Number(outcome === 'ok'))
  readonly #isAnswered = Uint8Array.from(OUTCOMES, (outcome) => Number(ANSWERED[outcome]))
  #replicas: RunningReplicas | null = null
  /** Requests and violations by SLA window: requests end out of order, so that every window stays open. */
  #windowRequests = new Float64Array(0)
  #windowViolations = new Float64Array(0)
  readonly #byOutcome = new Float64Array(OUTCOMES.length)
  readonly #responses = new Histogram()
  #waits = 0
  #waitSumMs = 0

  constructor(sla: Sla) {
    this.#sla = sla
    this.#limitMs = sla.limitMs
    this.#windowMs = sla.windowMs
  }

  start(run: RunHeader): void {
    const { durationMs } = run.trace
    this.#replicas = new RunningReplicas(durationMs)
    const windows = windowsIn(durationMs, this.#sla)
    this.#windowRequests = new Float64Array(windows)
    this.#windowViolations = new Float64Array(windows)
  }

  request(ended: EndedRequests, slot: number): void {
    const outcome = ended.outcome(slot)
    const intendedMs = ended.intendedMs(slot)
    const tookMs = ended.doneMs(slot) - intendedMs
    const waitMs = ended.queueWaitMs(slot)
    this.#byOutcome[outcome]!++
    if (this.#isAnswered[outcome] === 1) this.#responses.record(tookMs)
    const requests = this.#windowRequests
    const window = windowOf(intendedMs, this.#windowMs, requests.length)
    requests[window]!++
    if (breaksLimit(this.#isOk[outcome] === 1, tookMs, this.#limitMs)) this.#windowViolations[window]!++
    if (!Number.isNaN(waitMs)) {
      this.#waits++
      this.#waitSumMs += waitMs
    }
  }

  tick(row: TickRow): void {
    this.#fleet().tick(row)
  }

  replica(event: ReplicaEvent): void {
    this.#fleet().event(event)
  }

  /** May be asked at any time, for the run so far. */
  metrics(): Metrics {
    const counts = { completed: 0, failed: 0, rejected: 0 }
    OUTCOMES.forEach((outcome, i) => {
      counts[COUNTED_AS[outcome]] += this.#byOutcome[i]!
    })
    const requests = sum(this.#byOutcome)
    const violations = sum(this.#windowViolations)
    return {
      requests,
      ...counts,
      violationShare: requests === 0 ? null : violations / requests,
      windowViolationShare: this.#windowViolationShare(),
      responseMsMean: this.#responses.meanMs,
      responseMsP50: this.#responses.quantile(0.5),
      responseMsP95: this.#responses.quantile(0.95),
      responseMsP99: this.#responses.quantile(0.99),
      waitMsMean: this.#waits === 0 ? null : this.#waitSumMs / this.#waits,
      ...this.#fleet().figures(),
    }
  }

  #windowViolationShare(): number | null {
    let judged = 0
    let violated = 0
    for (let k = 0; k < this.#windowRequests.length; k++) {
      const window = { requests: this.#windowRequests[k]!, violating: this.#windowViolations[k]! }
      const verdict = isViolated(window, this.#sla)
      if (verdict !== null) judged++
      if (verdict === true) violated++
    }
    return judged === 0 ? null : violated / judged
  }

  #fleet(): RunningReplicas {
    assert(this.#replicas, 'metrics of a run that was not started')
    return this.#replicas
  }
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0)
