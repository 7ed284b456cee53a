import { describe, expect, it } from 'vitest'
import { observe, startObserver } from './observe.ts'
import { plausible } from './plausible.ts'
import { proxyLogOf } from './proxyLog.ts'
import type { ProxyCounters } from './signals.ts'

const good: ProxyCounters = {
  requestsTotal: 1000,
  queued: 3,
  inFlight: 2,
  servers: [{ name: 'w1', inFlight: 2, status: 'up' }],
}
const last = { atMs: 4000, counter: 990 }

describe('counters that can be true', () => {
  it.each([
    ['as they usually are', good, last],
    ['the first ones', good, null],
    ['of a proxy that was started again', { ...good, requestsTotal: 12 }, last],
    ['a burst of 100,000 requests in a second', { ...good, requestsTotal: 100_990 }, last],
  ])('%s', (_, counters, before) => {
    expect(plausible(counters, before, 5000)).toBe(counters)
  })

  it.each([
    ['not a number', { ...good, requestsTotal: Number.NaN }],
    ['below 0', { ...good, queued: -1 }],
    ['a half request', { ...good, inFlight: 1.5 }],
    ['endless', { ...good, inFlight: Number.POSITIVE_INFINITY }],
    ['too many to be counted', { ...good, requestsTotal: 1e18 }],
    ['more in a second than any proxy serves', { ...good, requestsTotal: 3e6 }],
    [
      'more since a restart than any proxy serves',
      { ...good, requestsTotal: 3e6 },
      { atMs: 4000, counter: 4e6 },
    ],
    ['too many open', { ...good, queued: 2e6 }],
    ['a server that cannot be', { ...good, servers: [{ name: 'w1', inFlight: -2, status: 'up' as const }] }],
  ])('are not %s', (_, counters, before = last) => {
    expect(plausible(counters, before, 5000)).toBeNull()
  })

  it('else are unknown to the policy, and the rate is right again with the next good ones', () => {
    const options = { windowMs: 5000, target: 1 }
    const read = (state: ReturnType<typeof startObserver>, atMs: number, requestsTotal: number) =>
      observe(
        state,
        { atMs, proxy: { ...good, requestsTotal }, log: proxyLogOf([]), replicas: [], standby: 0 },
        { ...options, tickMs: atMs },
      )
    const first = read(startObserver(), 1000, 10)
    const absurd = read(first.state, 2000, 1e15)
    expect(absurd.observation).toMatchObject({ arrivalsPerS: null, queued: null, inFlight: null })
    expect(absurd.observation.ageMs.proxy).toBe(1000)
    expect(read(absurd.state, 3000, 30).observation.arrivalsPerS).toBe(10)
  })
})
