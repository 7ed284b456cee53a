import { expect, test } from 'vitest'
import { after, afterPrecisely, runClock, sleep } from './clock.ts'

test.each([-5, 0, 0.4, 2.9, 3, 12.3])('afterPrecisely(%d) calls once, never early and soon', async (ms) => {
  const now = runClock()
  let calls = 0
  const atMs = await new Promise<number>((resolve) => {
    afterPrecisely(ms, () => {
      calls++
      resolve(now())
    })
    expect(calls).toBe(0)
  })
  expect(atMs).toBeGreaterThanOrEqual(ms)
  expect(atMs).toBeLessThan(ms + 50)
  await sleep(5)
  expect(calls).toBe(1)
})

test.each([0, 2, 12])('afterPrecisely(%d) can be cancelled, and others are served meanwhile', async (ms) => {
  let called = false
  const cancel = afterPrecisely(ms, () => {
    called = true
  })
  if (ms > 3) await new Promise<void>((resolve) => after(1, resolve))
  cancel()
  await sleep(20)
  expect(called).toBe(false)
})
