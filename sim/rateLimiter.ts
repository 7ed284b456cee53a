import type { RateLimit } from '../control/rateLimit.ts'

/**
 * A replica's own limit on requests. Flask-Limiter (its library `limits`):
 *
 *     fixed-window   the first request after a window has closed opens the next one
 *     moving-window  at most `limit` accepted requests in any span of `windowMs`; rejected ones do not count
 */
export class RateLimiter {
  readonly #limit: RateLimit
  /** By server, fixed window: its end and the requests in it. */
  #closesMs: number[] = []
  #count: number[] = []
  /** By server, moving window: the last `limit` accepted times, a ring. */
  #accepted: Float64Array[] = []

  constructor(limit: RateLimit) {
    this.#limit = limit
  }

  /** A new replica: nothing was counted yet. */
  open(server: number): void {
    this.#closesMs[server] = Number.NEGATIVE_INFINITY
    this.#count[server] = 0
    if (this.#limit.kind === 'moving-window')
      this.#accepted[server] = new Float64Array(this.#limit.limit).fill(Number.NEGATIVE_INFINITY)
  }

  /** Whether the request that begins now is served (and counted) or rejected. */
  admits(server: number, nowMs: number): boolean {
    return this.#limit.kind === 'fixed-window' ? this.#inWindow(server, nowMs) : this.#inSpan(server, nowMs)
  }

  #inWindow(server: number, nowMs: number): boolean {
    if (nowMs >= this.#closesMs[server]!) {
      this.#closesMs[server] = nowMs + this.#limit.windowMs
      this.#count[server] = 0
    }
    if (this.#count[server]! >= this.#limit.limit) return false
    this.#count[server]!++
    return true
  }

  #inSpan(server: number, nowMs: number): boolean {
    const ring = this.#accepted[server]!
    const oldest = this.#count[server]!
    if (ring[oldest]! >= nowMs - this.#limit.windowMs) return false
    ring[oldest] = nowMs
    this.#count[server] = (oldest + 1) % ring.length
    return true
  }
}
