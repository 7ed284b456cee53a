import type { OpenLoad, OpenTrace } from './trace.ts'

/**
 * The arrival rate r(t) of a load, its integral N(t) and the inverse of that integral, all in closed form.
 *
 *     r(t)                                     t     ms from the start of the trace
 *      ^       r1                              r(t)  requests per ms inside, per second in and out
 *      |      /|        N(t) = n0 + r0 x + (r1 - r0) x^2 / 2w        for t0 <= t < t0 + w
 *      |    /  |        x    = t - t0          ms into the piece
 *      |  /    |        w                      ms, width of the piece
 *      | r0    |        n0   = N(t0)           requests before the piece
 *      +-t0----t0+w--> t
 *
 * With y = N - n0 and slope s = (r1 - r0) / w, in requests per ms^2, the inverse is
 *
 *     x = 2 y / (r0 + sqrt(r0^2 + 2 s y))
 *
 * which is the quadratic formula multiplied through by its conjugate: the plain form divides by s and loses
 * all digits as s nears 0, this one needs no case for a flat piece. (The same integral as k6's
 * lib/executor/ramping_arrival_rate.go, which has it as two cases.)
 *
 * Before the first point and after the last the rate of a `rate` load stays that of the nearest point. Counts
 * are flat in each interval, explicit arrivals are counted per second (`RATE_BIN_MS`); both are 0 afterwards.
 * Of an `mmpp` process it is the mean rate: what its environment does to it averages to 1 over time.
 */
export interface Profile {
  startMs: number[]
  /** Rate at the start and the end of each piece, requests per ms. */
  startPerMs: number[]
  endPerMs: number[]
  /** Requests expected before each piece. */
  before: number[]
}

/** Explicit arrivals have no rate of their own: it is the number of them in each of these, ms. */
export const RATE_BIN_MS = 1000

/** Requests per second at `tMs`; where the rate jumps, the rate after the jump. 0 before the start. */
export function rateAt(load: OpenLoad, tMs: number): number {
  if (tMs < 0) return 0
  const profile = profileOf(load)
  const i = lastBelow(profile.startMs, (start) => start <= tMs)
  const x = tMs - profile.startMs[i]!
  return (profile.startPerMs[i]! + slope(profile, i) * x) * 1000
}

/** N(t): the requests expected in [0, tMs). */
export function expectedArrivals(load: OpenLoad, tMs: number): number {
  if (tMs <= 0) return 0
  const profile = profileOf(load)
  const i = lastBelow(profile.startMs, (start) => start <= tMs)
  const x = tMs - profile.startMs[i]!
  return profile.before[i]! + x * (profile.startPerMs[i]! + (slope(profile, i) * x) / 2)
}

/** The inverse of N: the first time, in ms, by which `n` requests are expected; Infinity if never. */
export function timeOfExpected(load: OpenLoad, n: number): number {
  if (n <= 0) return 0
  const profile = profileOf(load)
  const i = lastBelow(profile.before, (before) => before < n)
  const x = widthOf(n - profile.before[i]!, profile.startPerMs[i]!, slope(profile, i))
  return Math.min(profile.startMs[i]! + x, profile.startMs[i + 1] ?? Infinity)
}

/** x above, in ms: how long a piece needs for `y` requests, from rate `r0` per ms that rises by `s` per ms^2. */
export function widthOf(y: number, r0: number, s: number): number {
  // Rounding can make the root of a piece that falls to 0 slightly negative.
  return (2 * y) / (r0 + (s === 0 ? r0 : Math.sqrt(Math.max(0, r0 * r0 + 2 * s * y))))
}

/** Requests per second, averaged over the whole trace. */
export function meanRatePerS(trace: OpenTrace): number {
  return (expectedArrivals(trace.load, trace.durationMs) / trace.durationMs) * 1000
}

/** The highest rate that the load ever has, requests per second. */
export function peakRatePerS(trace: OpenTrace): number {
  const { startPerMs, endPerMs } = profileOf(trace.load)
  return startPerMs.reduce((peak, start, i) => Math.max(peak, start, endPerMs[i]!), 0) * 1000
}

/** A load never changes, so its profile is worked out once. */
const profiles = new WeakMap<OpenLoad, Profile>()

export function profileOf(load: OpenLoad): Profile {
  const known = profiles.get(load)
  if (known) return known
  const profile = makeProfile(load)
  profiles.set(load, profile)
  return profile
}

function makeProfile(load: OpenLoad): Profile {
  switch (load.kind) {
    case 'rate':
      return rateProfile(load.points)
    case 'counts':
      return countsProfile(load)
    case 'arrivals':
      return arrivalsProfile(load.atMs)
  }
}

function rateProfile(points: Extract<OpenLoad, { kind: 'rate' }>['points']): Profile {
  const profile = emptyProfile()
  const first = points[0]!
  if (first.atMs > 0) addPiece(profile, { atMs: 0, startPerMs: first.ratePerS / 1000 })
  points.forEach((point, i) => {
    const next = points[i + 1]
    if (next?.atMs === point.atMs) return // the lower end of a jump
    addPiece(profile, {
      atMs: point.atMs,
      startPerMs: point.ratePerS / 1000,
      endPerMs: (next ?? point).ratePerS / 1000,
    })
  })
  return profile
}

function countsProfile(load: Extract<OpenLoad, { kind: 'counts' }>): Profile {
  const profile = emptyProfile()
  load.counts.forEach((count, i) => {
    addPiece(profile, { atMs: i * load.intervalMs, startPerMs: count / load.intervalMs })
  })
  addPiece(profile, { atMs: load.counts.length * load.intervalMs, startPerMs: 0 })
  return profile
}

/** Only the bins that hold arrivals, so that a sparse trace of many days stays small. */
function arrivalsProfile(atMs: readonly number[]): Profile {
  const profile = emptyProfile()
  let endOfLast = 0
  for (let i = 0; i < atMs.length; ) {
    const bin = Math.floor(atMs[i]! / RATE_BIN_MS)
    const first = i
    while (i < atMs.length && Math.floor(atMs[i]! / RATE_BIN_MS) === bin) i++
    if (bin * RATE_BIN_MS > endOfLast) addPiece(profile, { atMs: endOfLast, startPerMs: 0 })
    addPiece(profile, { atMs: bin * RATE_BIN_MS, startPerMs: (i - first) / RATE_BIN_MS })
    endOfLast = (bin + 1) * RATE_BIN_MS
  }
  addPiece(profile, { atMs: endOfLast, startPerMs: 0 })
  return profile
}

function emptyProfile(): Profile {
  return { startMs: [], startPerMs: [], endPerMs: [], before: [] }
}

function addPiece(profile: Profile, piece: { atMs: number; startPerMs: number; endPerMs?: number }): void {
  const last = profile.startMs.length - 1
  const before =
    last < 0
      ? 0
      : profile.before[last]! +
        ((piece.atMs - profile.startMs[last]!) * (profile.startPerMs[last]! + profile.endPerMs[last]!)) / 2
  profile.startMs.push(piece.atMs)
  profile.startPerMs.push(piece.startPerMs)
  profile.endPerMs.push(piece.endPerMs ?? piece.startPerMs)
  profile.before.push(before)
}

/** Of piece i, in requests per ms^2; the last piece is flat and without end. */
export function slope(profile: Profile, i: number): number {
  const end = profile.startMs[i + 1]
  return end === undefined ? 0 : (profile.endPerMs[i]! - profile.startPerMs[i]!) / (end - profile.startMs[i]!)
}

/** Index of the last of the ascending `values` that is below; the first one always is. */
function lastBelow(values: readonly number[], isBelow: (value: number) => boolean): number {
  let low = 0
  let high = values.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (isBelow(values[middle]!)) low = middle
    else high = middle
  }
  return low
}
