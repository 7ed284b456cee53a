import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Kernel, RANK, type Rank } from './kernel.ts'

const ranks = Object.values(RANK)

it('runs events in order of time, rank and scheduling, as a sort would', () => {
  const times = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(fc.array(fc.record({ atMs: times, rank: fc.constantFrom(...ranks) })), (given) => {
      const kernel = new Kernel()
      const seen: number[] = []
      given.forEach(({ atMs, rank }, i) => {
        kernel.at(atMs, rank as Rank, () => seen.push(i))
      })
      kernel.run()
      const sorted = given
        .map((event, i) => ({ ...event, i }))
        .sort((a, b) => a.atMs - b.atMs || a.rank - b.rank || a.i - b.i)
      expect(seen).toEqual(sorted.map(({ i }) => i))
    }),
  )
})

it('does not run what was cancelled, and refuses the past', () => {
  const kernel = new Kernel()
  const seen: string[] = []
  const cancelled = kernel.at(1, RANK.timeout, () => seen.push('cancelled'))
  kernel.at(2, RANK.arrival, () => {
    seen.push(`at ${kernel.nowMs}`)
    expect(() => kernel.at(1, RANK.arrival, () => {})).toThrow('event at 1 ms is before now, 2 ms')
  })
  cancelled.run = null
  kernel.run()
  expect(seen).toEqual(['at 2'])
})
