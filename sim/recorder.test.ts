import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OUTCOMES, type RunHeader } from '../record/schema.ts'
import type { EndedRequests } from '../record/sink.ts'
import { Recorder } from './recorder.ts'

/** What a slot holds at the moment: every number is made of the request's index. */
class Slots implements EndedRequests {
  readonly #index = new Map<number, number>()

  put(slot: number, index: number): void {
    this.#index.set(slot, index)
  }

  index = (slot: number) => this.#index.get(slot)!
  classIndex = (slot: number) => this.index(slot) % 2
  intendedMs = (slot: number) => this.index(slot) + 0.1
  doneMs = (slot: number) => this.index(slot) + 0.2
  queueWaitMs = (slot: number) => this.index(slot) + 0.3
  serviceMs = (slot: number) => this.index(slot) + 0.4
  blockingMs = (slot: number) => this.index(slot) + 0.5
  cpuMs = (slot: number) => this.index(slot) + 0.6
  server = (slot: number) => this.index(slot) % 3
  status = (slot: number) => 200 + (this.index(slot) % 5)
  outcome = (slot: number) => this.index(slot) % OUTCOMES.length
}

it('rows are in order of index whatever the order of ending, and nothing is kept of the slots', () => {
  /** Fewer rows are expected than come, so that the columns must grow. */
  const HEADER = {
    trace: { load: { kind: 'arrivals', atMs: [0] }, durationMs: 1000 },
  } as unknown as RunHeader

  const order = fc.nat(300).chain((n) => {
    const indices = Array.from({ length: n }, (_, i) => i)
    return fc.shuffledSubarray(indices, { minLength: n, maxLength: n })
  })
  fc.assert(
    fc.property(order, (indices) => {
      const recorder = new Recorder()
      recorder.start(HEADER, ['read', 'write'])
      const slots = new Slots()
      for (const [turn, index] of indices.entries()) {
        slots.put(turn % 4, index)
        recorder.request(slots, turn % 4)
      }
      const { requests } = recorder.record()
      const rows = indices.map((_, i) => i)
      const column = (part: number) => rows.map((i) => i + part)
      expect([...requests.intendedMs]).toEqual(column(0.1))
      expect([...requests.sentMs]).toEqual(column(0.1))
      expect([...requests.doneMs]).toEqual(column(0.2))
      expect([...requests.queueWaitMs]).toEqual(column(0.3))
      expect([...requests.serviceMs]).toEqual(column(0.4))
      expect([...requests.blockingMs]).toEqual(column(0.5))
      expect([...requests.cpuMs]).toEqual(column(0.6))
      expect(requests.class).toEqual(rows.map((i) => ['read', 'write'][i % 2]))
      expect(requests.server).toEqual(rows.map((i) => ['', 'w1', 'w2'][i % 3]))
      expect([...requests.status]).toEqual(rows.map((i) => 200 + (i % 5)))
      expect(requests.outcome).toEqual(rows.map((i) => OUTCOMES[i % OUTCOMES.length]))
    }),
    { numRuns: 50 },
  )
})
