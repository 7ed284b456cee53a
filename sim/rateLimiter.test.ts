import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RateLimit } from '../control/rateLimit.ts'
import { RateLimiter } from './rateLimiter.ts'

/** The rule word by word, from the whole list of times at which one server was asked. */
function plainAnswers({ kind, limit, windowMs }: RateLimit, timesMs: readonly number[]): boolean[] {
  let openedMs = Number.NEGATIVE_INFINITY
  const accepted: number[] = []
  return timesMs.map((nowMs) => {
    if (kind === 'fixed-window' && nowMs >= openedMs + windowMs) openedMs = nowMs
    const fromMs = kind === 'fixed-window' ? openedMs : nowMs - windowMs
    const admitted = accepted.filter((atMs) => atMs >= fromMs).length < limit
    if (admitted) accepted.push(nowMs)
    return admitted
  })
}

function answersOf(rule: RateLimit, timesMs: readonly number[], server = 0): boolean[] {
  const limiter = new RateLimiter(rule)
  limiter.open(server)
  return timesMs.map((nowMs) => limiter.admits(server, nowMs))
}

/** `count` requests, `ratePerS` of them a second at equal gaps from 0. */
const evenly = (ratePerS: number, count: number) =>
  Array.from({ length: count }, (_, i) => (i * 1000) / ratePerS)
const admittedOf = (answers: readonly boolean[]) => answers.filter(Boolean).length

const fixed: RateLimit = { kind: 'fixed-window', limit: 10, windowMs: 1000 }
const moving: RateLimit = { ...fixed, kind: 'moving-window' }

describe('RateLimiter', () => {
  it('answers as a list of all accepted times would', () => {
    const rules: fc.Arbitrary<RateLimit> = fc.record({
      kind: fc.constantFrom('fixed-window', 'moving-window'),
      limit: fc.integer({ min: 1, max: 6 }),
      windowMs: fc.constantFrom(1, 10, 50),
    })
    // Whole gaps, so that requests fall on the very edge of a window.
    const gaps = fc.array(fc.constantFrom(0, 1, 2, 5, 10, 49, 50), { maxLength: 100, size: 'max' })
    fc.assert(
      fc.property(rules, gaps, (rule, gapsMs) => {
        let nowMs = 0
        const timesMs = gapsMs.map((gapMs) => (nowMs += gapMs))
        expect(answersOf(rule, timesMs)).toEqual(plainAnswers(rule, timesMs))
      }),
      { numRuns: 300 },
    )
  })

  it.each([fixed, moving])('$kind: 9.76 a second never meet a limit of 10 a second', (rule) => {
    expect(admittedOf(answersOf(rule, evenly(9.76, 1000)))).toBe(1000)
  })

  // At 10.5/s the gap is 95.24 ms: 11 requests fall into 1000 ms from the first one, and the twelfth, at 1047.6 ms, opens
  // the next window or finds the first one gone. So 10 of 11.
  it.each([fixed, moving])('$kind: at 10.5 a second one of eleven is rejected', (rule) => {
    const answers = answersOf(rule, evenly(10.5, 110))
    expect(answers).toEqual(answers.map((_, i) => i % 11 !== 10))
  })

  // At 20/s and a limit of 10 every other second's worth would do; the window opens again at 1000 ms exactly.
  it.each([
    { rule: fixed, admitted: 100, why: 'ten in each of ten windows' },
    // The request at the very end of a span still counts in it: the accepted one of time t bars until after t + 1000.
    { rule: moving, admitted: 100, why: 'ten in each span, each span 50 ms longer' },
  ])('$rule.kind: 20 a second for 10 seconds: $admitted admitted, $why', ({ rule, admitted }) => {
    expect(admittedOf(answersOf(rule, evenly(20, 200)))).toBe(admitted)
  })

  // One at 0, nine at 990 and ten at 1000 ms: the fixed window lets twenty through within a second, the moving one does not.
  it('only the fixed window admits two bursts on both sides of its edge', () => {
    const timesMs = [0, ...Array<number>(9).fill(990), ...Array<number>(10).fill(1000)]
    expect(admittedOf(answersOf(fixed, timesMs))).toBe(20)
    expect(admittedOf(answersOf(moving, timesMs))).toBe(10)
  })

  it('a fixed window is opened by a request and not by the clock', () => {
    expect(answersOf({ ...fixed, limit: 1 }, [300, 1200, 1299.9, 1300, 2299.9, 2300])).toEqual([
      true,
      false,
      false,
      true,
      false,
      true,
    ])
  })

  it.each([fixed, moving])(
    '$kind: each server has its own count, and a new one in its place starts anew',
    (rule) => {
      const limiter = new RateLimiter({ ...rule, limit: 1 })
      limiter.open(0)
      limiter.open(1)
      expect([limiter.admits(0, 5), limiter.admits(0, 6), limiter.admits(1, 6)]).toEqual([true, false, true])
      limiter.open(0)
      expect([limiter.admits(0, 7), limiter.admits(1, 7)]).toEqual([true, false])
    },
  )
})
