import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DueLine, Line } from './line.ts'
import { NONE, Requests, SLOT } from './requests.ts'

const steps = fc.array(
  fc.record({
    do: fc.constantFrom('join', 'join', 'leave', 'shift'),
    line: fc.constantFrom(0, 1),
    which: fc.nat(30),
  }),
  { maxLength: 200, size: 'max' },
)

it('two lines through one set of columns do what two arrays do, and the line of the due beside them a third', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const requests = new Requests()
      const lines = [new Line(requests), new Line(requests)]
      const due = new DueLine(requests)
      const plain: number[][] = [[], []]
      const plainDue: number[] = []
      for (const step of all) {
        const line = lines[step.line]!
        const row = plain[step.line]!
        if (step.do === 'join') {
          const slot = requests.take()
          line.join(slot)
          due.join(slot)
          row.push(slot)
          plainDue.push(slot)
        } else if (row.length > 0) {
          const place = step.do === 'shift' ? 0 : step.which % row.length
          const slot = row.splice(place, 1)[0]!
          if (step.do === 'shift') expect(line.shift()).toBe(slot)
          else line.leave(slot)
          due.leave(slot)
          plainDue.splice(plainDue.indexOf(slot), 1)
          requests.release(slot)
        } else expect(line.shift()).toBe(NONE)
        expect([line.head, line.tail, line.length]).toEqual([row[0] ?? NONE, row.at(-1) ?? NONE, row.length])
        expect(due.head).toBe(plainDue[0] ?? NONE)
      }
      expect(requests.live).toBe(plainDue.length)
      for (const [i, line] of lines.entries()) expect(emptied(line)).toEqual(plain[i])
    }),
    { numRuns: 100 },
  )
})

it('a slot is used again, none is used twice at a time, and growing moves nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 500, size: 'max' }), (takes) => {
      const requests = new Requests()
      const held: number[] = []
      for (const take of takes) {
        if (take || held.length === 0) {
          const slot = requests.take()
          expect(held).not.toContain(slot)
          expect(slot % SLOT).toBe(0)
          requests.setStatus(slot, slot)
          held.push(slot)
        } else requests.release(held.shift()!)
        expect(requests.live).toBe(held.length)
      }
      expect(held.map((slot) => requests.status(slot))).toEqual(held)
    }),
  )
})

function emptied(line: Line): number[] {
  const slots: number[] = []
  for (let slot = line.shift(); slot !== NONE; slot = line.shift()) slots.push(slot)
  return slots
}
