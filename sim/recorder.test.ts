import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OUTCOMES } from '../record/schema.ts'
import { NUMBER, WHOLE } from '../record/sink.ts'
import { Recorder } from './recorder.ts'

const SLOTS = 4

it('rows are in order of index whatever the order of ending, and nothing is kept of the slots', () => {
  const order = fc.nat(300).chain((n) => {
    const indices = Array.from({ length: n }, (_, i) => i)
    return fc.shuffledSubarray(indices, { minLength: n, maxLength: n })
  })
  fc.assert(
    fc.property(order, (indices) => {
      const recorder = new Recorder()
      recorder.start({} as Parameters<Recorder['start']>[0], ['read', 'write'])
      const time = new Float64Array(16 * SLOTS)
      const word = new Int32Array(16 * SLOTS)
      for (const [turn, index] of indices.entries()) {
        const slot = 16 * (turn % SLOTS)
        for (const [name, at] of Object.entries(NUMBER))
          time[slot + at] = index + (name === 'index' ? 0 : at / 8)
        word.set([index % 2, index % 3, 200 + (index % 5), index % OUTCOMES.length], slot + WHOLE.classIndex)
        recorder.request({ time, word }, slot)
      }
      const { requests } = recorder.record()
      const rows = indices.map((_, i) => i)
      const column = (at: number) => rows.map((i) => i + at / 8)
      expect([...requests.intendedMs]).toEqual(column(NUMBER.intendedMs))
      expect([...requests.sentMs]).toEqual(column(NUMBER.intendedMs))
      expect([...requests.doneMs]).toEqual(column(NUMBER.doneMs))
      expect([...requests.queueWaitMs]).toEqual(column(NUMBER.queueWaitMs))
      expect([...requests.serviceMs]).toEqual(column(NUMBER.serviceMs))
      expect([...requests.blockingMs]).toEqual(column(NUMBER.blockingMs))
      expect([...requests.cpuMs]).toEqual(column(NUMBER.cpuMs))
      expect(requests.class).toEqual(rows.map((i) => ['read', 'write'][i % 2]))
      expect(requests.server).toEqual(rows.map((i) => ['', 'w1', 'w2'][i % 3]))
      expect([...requests.status]).toEqual(rows.map((i) => 200 + (i % 5)))
      expect(requests.outcome).toEqual(rows.map((i) => OUTCOMES[i % OUTCOMES.length]))
    }),
    { numRuns: 50 },
  )
})
