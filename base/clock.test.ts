import { expect, test } from 'vitest'
import { after, afterPrecisely, afterSpinning, runClock, sleep } from './clock.ts'

const BOTH = [
  ['afterPrecisely', afterPrecisely],
  ['afterSpinning', afterSpinning],
] as const
const each = (...times: number[]) => BOTH.flatMap(([name, f]) => times.map((ms) => [name, ms, f] as const))

// The retries are for moments in which another process has the core.
test.each(each(-5, 0, 0.4, 2.9, 3, 12.3))(
  '%s(%d) calls once, never early and soon',
  { retry: 3 },
  async (_name, ms, f) => {
    const now = runClock()
    let calls = 0
    const atMs = await new Promise<number>((resolve) => {
      f(ms, () => {
        calls++
        resolve(now())
      })
      expect(calls).toBe(0)
    })
    expect(atMs).toBeGreaterThanOrEqual(ms)
    expect(atMs).toBeLessThan(ms + 50)
    await sleep(5)
    expect(calls).toBe(1)
  },
)

test.each(each(0, 2, 12))(
  '%s(%d) can be cancelled, and others are served meanwhile',
  async (_name, ms, f) => {
    let called = false
    const cancel = f(ms, () => {
      called = true
    })
    if (ms > 3) await new Promise<void>((resolve) => after(1, resolve))
    cancel()
    await sleep(20)
    expect(called).toBe(false)
  },
)
