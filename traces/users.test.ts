import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClosedLoad, UserPoint } from './trace.ts'
import { peakUsers, userLevelAt, userMoves, usersAt } from './users.ts'

const closed = (points: readonly UserPoint[]): ClosedLoad => ({
  kind: 'users',
  points,
  think: { kind: 'constant', ms: 1000 },
})
/** `[atMs, users]` each. */
const line = (...corners: [number, number][]) => closed(corners.map(([atMs, users]) => ({ atMs, users })))
const ramp = line([10_000, 2], [20_000, 6], [20_000, 1])

test.each<[string, ClosedLoad, number, number]>([
  ['the first number holds before the first point', ramp, 0, 2],
  ['it is linear between points', ramp, 15_000, 4],
  ['rounded to the nearest', ramp, 13_000, 3],
  ['and halves up', ramp, 11_250, 3],
  ['at a jump the later number is the one', ramp, 20_000, 1],
  ['the last number holds after the last point', ramp, 1e9, 1],
])('usersAt: %s', (_sentence, load, tMs, users) => {
  expect(usersAt(load, tMs)).toBe(users)
})

test.each<[string, ClosedLoad, [number, number][]]>([
  ['nothing moves', line([5000, 7]), [[0, 7]]],
  [
    'a rise passes each half',
    line([0, 0], [4000, 2]),
    [
      [0, 0],
      [1000, 1],
      [3000, 2],
    ],
  ],
  [
    'a fall too',
    line([0, 2], [4000, 0]),
    [
      [0, 2],
      [1000, 1],
      [3000, 0],
    ],
  ],
  [
    'a jump is one move, however high',
    line([0, 1], [2000, 1], [2000, 500]),
    [
      [0, 1],
      [2000, 500],
    ],
  ],
  ['a jump back and forth at one time is none', line([0, 1], [2000, 1], [2000, 9], [2000, 1]), [[0, 1]]],
  ['a jump at the start is not seen', line([0, 9], [0, 4]), [[0, 4]]],
  ['a fall that ends at a half has not passed it', line([0, 3], [1000, 2.5], [9000, 2.5]), [[0, 3]]],
  [
    'but what falls on from there does at once',
    line([0, 3], [1000, 2.5], [2000, 1.5]),
    [
      [0, 3],
      [1000, 2],
    ],
  ],
  [
    'a rise that ends at a half has',
    line([0, 2], [1000, 2.5], [9000, 2.5]),
    [
      [0, 2],
      [1000, 3],
    ],
  ],
  ['what comes after the end is left out', line([0, 1], [10_000, 1], [10_000, 2]), [[0, 1]]],
])('userMoves: %s', (_sentence, load, moves) => {
  expect(userMoves(load, 10_000).map(({ atMs, users }) => [atMs, users])).toEqual(moves)
})

const anyLoad = fc
  .array(fc.record({ gapMs: fc.oneof(fc.constant(0), fc.nat(3000)), users: fc.nat(40) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((items) => {
    let atMs = 0
    return closed(
      items.map(({ gapMs, users }) => {
        atMs += gapMs
        return { atMs, users }
      }),
    )
  })

test('law: at any time that is no crossing the moves say what the line says', () => {
  fc.assert(
    fc.property(anyLoad, fc.double({ min: 0, max: 9999, noNaN: true }), (load, tMs) => {
      const level = userLevelAt(load, tMs)
      fc.pre(Math.abs(level - Math.floor(level) - 0.5) > 1e-9)
      const moves = userMoves(load, 10_000)
      expect(moves.findLast(({ atMs }) => atMs <= tMs)!.users).toBe(usersAt(load, tMs))
    }),
    { numRuns: 3000 },
  )
})

test('law: moves start at 0, ascend, change something and reach the peak', () => {
  fc.assert(
    fc.property(anyLoad, (load) => {
      const moves = userMoves(load, 10_000)
      expect(moves[0]!.atMs).toBe(0)
      moves.slice(1).forEach((move, i) => {
        expect(move.atMs).toBeGreaterThan(moves[i]!.atMs)
        expect(move.users).not.toBe(moves[i]!.users)
      })
      expect(moves.every(({ users, atMs }) => Number.isInteger(users) && users >= 0 && atMs < 10_000)).toBe(
        true,
      )
      // A peak at a point where a jump leaves again lasts no time.
      expect(Math.max(...moves.map(({ users }) => users))).toBeLessThanOrEqual(peakUsers(load, 10_000))
    }),
    { numRuns: 1000 },
  )
})

test('the peak is that of the part that is run', () => {
  expect(peakUsers(line([0, 2], [10_000, 12]), 5000)).toBe(7)
  expect(peakUsers(line([0, 2], [5000, 2], [5000, 12]), 5000)).toBe(2)
  expect(peakUsers(line([0, 2], [4000, 30], [8000, 2]), 9000)).toBe(30)
})
