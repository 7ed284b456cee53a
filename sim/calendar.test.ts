import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Calendar, EVENT, type EventKind, RANK, type Rank } from './calendar.ts'

interface Entry {
  atMs: number
  rank: number
  sequence: number
  kind: number
  subject: number
}

/** The calendar as one would first write it: a list that is sorted whenever somebody asks. */
class PlainCalendar {
  entries: Entry[] = []
  #sequence = 0

  at(atMs: number, rank: number, kind: number, subject: number): void {
    this.entries.push({ atMs, rank, sequence: this.#sequence++, kind, subject })
    this.entries.sort((a, b) => a.atMs - b.atMs || a.rank - b.rank || a.sequence - b.sequence)
  }

  forget(kind: number, subject: number): number | null {
    const found = this.entries.filter((entry) => entry.kind === kind && entry.subject === subject)
    for (const entry of found) entry.kind = EVENT.nothing
    return found[0]?.atMs ?? null
  }

  /** Entries that are waited for; a cancelled callback is not. */
  foreground(cancelled: ReadonlySet<number>): number {
    const isCancelled = ({ kind, subject }: Entry) => kind === EVENT.later && cancelled.has(subject)
    return this.entries.filter((entry) => entry.kind < EVENT.check && !isCancelled(entry)).length
  }
}

type Step =
  | { do: 'at'; inMs: number; rank: Rank; kind: EventKind; subject: number }
  | { do: 'later'; inMs: number; rank: Rank; kind: EventKind }
  | { do: 'cancel'; which: number }
  | { do: 'forget'; kind: EventKind; subject: number }
  | { do: 'take' }

// Few different times, ranks and subjects: ties are what is hard.
const inMs = fc.constantFrom(0, 0, 1, 1, 2, 3.5, 10)
const rank = fc.constantFrom(...Object.values(RANK))
const kind = fc.constantFrom<EventKind[]>(EVENT.served, EVENT.resend, EVENT.check, EVENT.checkTimeout)
const subject = fc.constantFrom(0, 16, 32, 1_000_000)
const laterKind = fc.constantFrom<EventKind[]>(EVENT.later, EVENT.background)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('at'), inMs, rank, kind, subject }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('later'), inMs, rank, kind: laterKind }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), kind, subject }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('take') }) },
)

describe('Calendar', () => {
  it('does what a sorted list does, whatever comes in between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        sameAsPlain([...steps, ...steps.map(() => ({ do: 'take' }) as const)])
      }),
      { numRuns: 150 },
    )
  })

  it('keeps its order when it grows', () => {
    const calendar = new Calendar()
    for (let i = 0; i < 1000; i++) calendar.at((i * 7919) % 100, RANK.arrival, EVENT.resend, i)
    const taken = Array.from({ length: 1000 }, () => {
      calendar.nextMs()
      return Calendar.subjectOf(calendar.take())
    })
    const expected = Array.from({ length: 1000 }, (_, i) => i).sort(
      (a, b) => ((a * 7919) % 100) - ((b * 7919) % 100) || a - b,
    )
    expect(taken).toEqual(expected)
    expect(calendar.nextMs()).toBe(Number.POSITIVE_INFINITY)
  })

  it('has at one time the order of RANK, then of scheduling', () => {
    const calendar = new Calendar()
    const order: string[] = []
    for (const [name, rank] of Object.entries(RANK).reverse())
      for (const turn of [1, 2]) calendar.later(5, rank, () => order.push(`${name} ${turn}`))
    while (calendar.nextMs() < Number.POSITIVE_INFINITY) calendar.call(Calendar.subjectOf(calendar.take()))
    expect(order).toEqual(Object.keys(RANK).flatMap((name) => [`${name} 1`, `${name} 2`]))
  })

  it('refuses a callback in the past', () => {
    const calendar = new Calendar()
    calendar.nowMs = 10
    expect(() => calendar.later(9.99, RANK.replica, () => {})).toThrow('bug')
    expect(() => calendar.later(Number.NaN, RANK.replica, () => {})).toThrow('bug')
  })
})

function sameAsPlain(steps: readonly Step[]): void {
  const calendar = new Calendar()
  const plain = new PlainCalendar()
  const ids: number[] = []
  const cancelled = new Set<number>()
  const called: number[] = []
  for (const step of steps) {
    switch (step.do) {
      case 'at':
        // What comes most often has a way of its own into the calendar.
        if (step.kind === EVENT.served && step.rank === RANK.departure)
          calendar.willServe(calendar.nowMs + step.inMs, step.subject)
        else calendar.at(calendar.nowMs + step.inMs, step.rank, step.kind, step.subject)
        plain.at(calendar.nowMs + step.inMs, step.rank, step.kind, step.subject)
        break
      case 'later': {
        const atMs = calendar.nowMs + step.inMs
        const id: number = calendar.later(atMs, step.rank, () => called.push(id), step.kind)
        plain.at(atMs, step.rank, step.kind, id)
        if (step.kind === EVENT.later) ids.push(id)
        break
      }
      case 'cancel': {
        const id = ids[step.which]
        if (id === undefined) break
        calendar.cancel(id)
        cancelled.add(id)
        break
      }
      case 'forget':
        expect(calendar.forget(step.kind, step.subject)).toBe(plain.forget(step.kind, step.subject))
        break
      case 'take':
        takeFromBoth(calendar, plain, { cancelled, called })
    }
    expect(calendar.foreground).toBe(plain.foreground(cancelled))
  }
}

function takeFromBoth(
  calendar: Calendar,
  plain: PlainCalendar,
  { cancelled, called }: { cancelled: Set<number>; called: number[] },
): void {
  const next = plain.entries.shift()
  expect(calendar.nextMs()).toBe(next?.atMs ?? Number.POSITIVE_INFINITY)
  if (!next) return
  calendar.nowMs = next.atMs
  const event = calendar.take()
  expect(Calendar.kindOf(event)).toBe(next.kind)
  if (next.kind === EVENT.nothing) return
  expect(Calendar.subjectOf(event)).toBe(next.subject)
  if (next.kind !== EVENT.later && next.kind !== EVENT.background) return
  const before = called.length
  calendar.call(next.subject)
  expect(called.slice(before)).toEqual(cancelled.has(next.subject) ? [] : [next.subject])
}
