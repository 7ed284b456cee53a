/**
 * Wall time. With base/random.ts this is the only file that touches Date, performance or timers
 * (test/layers.test.ts enforces it); everything else is told the time.
 */

/** Milliseconds on a clock that never goes back; only differences mean something. */
export function monotonicMs(): number {
  return performance.now()
}

/** Now as ISO 8601 in UTC, for the header of a live record. */
export function utcNow(): string {
  return new Date().toISOString()
}

/** A clock that starts at 0 when it is made: the time axis of a live run, in ms. */
export function runClock(): () => number {
  const origin = performance.now()
  return () => performance.now() - origin
}

/** Resolves after `ms`; rejects with the signal's reason as soon as that aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      Math.max(0, ms),
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** Calls `f` after `ms`, once; the returned function cancels it. */
export function after(ms: number, f: () => void): () => void {
  const timer = setTimeout(f, Math.max(0, ms))
  return () => clearTimeout(timer)
}

/** Calls `f` every `ms` until the returned function is called. Does not keep the process alive. */
export function every(ms: number, f: () => void): () => void {
  const timer = setInterval(f, ms)
  timer.unref()
  return () => clearInterval(timer)
}
