import { expect, it } from 'vitest'
import { absurdCounters } from './absurd.ts'
import { plausible } from './plausible.ts'
import type { ProxyCounters } from './signals.ts'

const CYCLE = 6
const servers = [{ name: 'w1', inFlight: 2, status: 'up' as const }]
const idle: ProxyCounters = { requestsTotal: 0, queued: 0, inFlight: 0, servers: [] }
const busy: ProxyCounters = { requestsTotal: 1001, queued: 3, inFlight: 2, servers }
const readings = Array.from({ length: 2 * CYCLE }, (_, k) => k)

it('no reading can be believed, whatever the truth is, and the first one of a run neither', () => {
  for (const truth of [idle, busy])
    for (const last of [null, { atMs: 4000, counter: 1000 }])
      expect(readings.map((k) => plausible(absurdCounters(truth, k), last, 5000))).toEqual(
        readings.map(() => null),
      )
})

it('a reading is the same whenever it is made, and leaves the truth as it is', () => {
  const before = structuredClone(busy)
  for (const k of readings) expect(absurdCounters(busy, k)).toEqual(absurdCounters(busy, k + CYCLE))
  expect(busy).toEqual(before)
})

it('totals that are no number, negative, beyond all counting, and falling', () => {
  const totals = readings.slice(0, CYCLE).map((k) => absurdCounters(busy, k).requestsTotal)
  expect(totals).toEqual([Number.NaN, -1002, 1e18, 1001, 1001, 500.5])
})
