import type { ClosedLoad, UserPoint } from './trace.ts'

/*
 * The number of users of a closed loop: linear between the points, rounded to the nearest (halves up). As with
 * rates the first and the last point hold outside, and two points at one time make a jump.
 */

/** Users at `tMs`, a whole number; where the line jumps, those after the jump. */
export function usersAt(load: ClosedLoad, tMs: number): number {
  return Math.round(userLevelAt(load, tMs))
}

/** The line before it is rounded. */
export function userLevelAt({ points }: ClosedLoad, tMs: number): number {
  const i = points.findLastIndex(({ atMs }) => atMs <= tMs)
  const from = points[i]
  const to = points[i + 1]
  if (!from || !to) return (from ?? to)!.users
  return from.users + ((tMs - from.atMs) / (to.atMs - from.atMs)) * (to.users - from.users)
}

/** The most users that there are at any time of [0, durationMs). */
export function peakUsers(load: ClosedLoad, durationMs: number): number {
  const corners = load.points.filter(({ atMs }) => atMs > 0 && atMs < durationMs).map(({ users }) => users)
  const levels = [userLevelAt(load, 0), ...corners, levelBefore(load, durationMs)]
  return Math.round(levels.reduce((most, level) => Math.max(most, level), 0))
}

/** The line just before `tMs`: a jump at that very time is not in it. */
export function levelBefore(load: ClosedLoad, tMs: number): number {
  return load.points.find(({ atMs }) => atMs === tMs)?.users ?? userLevelAt(load, tMs)
}

/** From `atMs` on there are `users`. */
export interface UserMove {
  atMs: number
  users: number
}

/**
 * The steps of the number of users in [0, durationMs): ascending times, the first at 0, each with another
 * number than the one before. Between two of them it stays.
 *
 *     users 3 |        .---.         a line from (t0, u0) to (t1, u1) passes k - 1/2 at
 *           2 |     .--'   '--.
 *           1 |  .--'         '      t = t0 + (k - 1/2 - u0) (t1 - t0) / (u1 - u0)
 *             +--t0---t1--------> t
 *
 * Rising, k users are there from t on, t included. Falling, k - 1 are there after t: the move is at t, and
 * `usersAt` of exactly t still says k.
 */
export function userMoves(load: ClosedLoad, durationMs: number): UserMove[] {
  const moves: UserMove[] = [{ atMs: 0, users: usersAt(load, 0) }]
  const { points } = load
  for (let i = 0; i < points.length; i++) {
    const to = points[i]!
    const from = points[i - 1]
    if (from && to.atMs > from.atMs) addCrossings(moves, from, to)
    else addMove(moves, to.atMs, Math.round(to.users))
  }
  return moves.filter(({ atMs }) => atMs < durationMs)
}

function addCrossings(moves: UserMove[], from: UserPoint, to: UserPoint): void {
  const rise = to.users - from.users
  const perUser = (to.atMs - from.atMs) / rise
  const timeOf = (level: number) => Math.min(to.atMs, from.atMs + (level - from.users) * perUser)
  if (rise > 0) {
    const last = Math.round(to.users)
    for (let k = Math.round(from.users) + 1; k <= last; k++) addMove(moves, timeOf(k - 0.5), k)
  } else if (rise < 0) {
    // The levels k - 1/2 in (to, from]: at the upper end the fall begins, the lower end is only touched.
    const last = Math.round(to.users) + 1
    for (let k = Math.round(from.users); k >= last; k--) addMove(moves, timeOf(k - 0.5), k - 1)
  }
}

/** Of several moves at one time only the last counts, and one that changes nothing does not. */
function addMove(moves: UserMove[], atMs: number, users: number): void {
  while (moves.at(-1)?.atMs === atMs) moves.pop()
  if (moves.at(-1)?.users !== users) moves.push({ atMs, users })
}
