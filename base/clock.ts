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

/** A timer's own precision is 1 ms and a little: so much before the moment `afterPrecisely` starts to doze. */
const TIMER_SLACK_MS = 2
/** setTimeout fires at once when asked for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Longest time for which dozing keeps the thread from reading what has arrived. */
const DOZE_MS = 0.25
const nothing = new Int32Array(new SharedArrayBuffer(4))

/**
 * As `after`, but to about 0.1 ms, never early and at little CPU: a timer to shortly before the moment, then
 * short sleeps of the whole thread, with a turn of the event loop between them. For schedules
 * that must be kept while little else happens on this thread, such as the load generator's.
 */
export function afterPrecisely(ms: number, f: () => void): () => void {
  const dueMs = performance.now() + ms
  let cancel = () => {}
  const approach = () => {
    const leftMs = dueMs - performance.now()
    if (leftMs <= 0) return f()
    if (leftMs >= TIMER_SLACK_MS + 1) {
      cancel = after(Math.min(leftMs - TIMER_SLACK_MS, LONGEST_TIMER_MS), approach)
      return
    }
    Atomics.wait(nothing, 0, 0, Math.min(leftMs, DOZE_MS))
    soon()
  }
  const soon = () => {
    const immediate = setImmediate(approach)
    cancel = () => clearImmediate(immediate)
  }
  if (ms >= TIMER_SLACK_MS + 1) approach()
  else soon()
  return () => cancel()
}

/** Fault: this thread does nothing else for so long. */
export function blockFor(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms)
}

/** How long `afterSpinning` looks at the clock between two turns of the event loop, each of which makes some garbage. */
const SPIN_MS = 0.02

/**
 * As `afterPrecisely`, to some 10 µs, and what arrives meanwhile is read at once: the event loop turns without a rest
 * until then. Takes all of a core.
 */
export function afterSpinning(ms: number, f: () => void): () => void {
  const dueMs = performance.now() + ms
  const look = () => {
    const turnMs = performance.now() + SPIN_MS
    let nowMs: number
    do nowMs = performance.now()
    while (nowMs < dueMs && nowMs < turnMs)
    if (nowMs >= dueMs) return f()
    immediate = setImmediate(look)
  }
  let immediate = setImmediate(look)
  return () => clearImmediate(immediate)
}

/** Calls `f` every `ms` until the returned function is called. Does not keep the process alive. */
export function every(ms: number, f: () => void): () => void {
  const timer = setInterval(f, ms)
  timer.unref()
  return () => clearInterval(timer)
}
