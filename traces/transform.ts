import { badInput, UserError } from '../base/errors.ts'
import { checkedTrace } from './limits.ts'
import { peakRatePerS, RATE_BIN_MS, rateAt } from './rate.ts'
import type { ClosedLoad, Load, OpenLoad, Trace } from './trace.ts'
import { levelBefore, userLevelAt } from './users.ts'

/*
 * Other traces made from one. Each changes the name, so that a record, a label or a hash cannot take the
 * result for the original. Where the number of requests changes, counts are rounded so that each running
 * total is right to a half, and explicit arrivals become counts per second: which of them to repeat or to
 * leave out is not in the data.
 */

/**
 * The time axis times `factor`, the rates unchanged: 0.1 makes a day last 2.4 hours. Bursts belong to the time
 * axis; a user's think time does not.
 */
export function stretch(trace: Trace, factor: number): Trace {
  checkPositive(factor, '--stretch', 'a factor above 0, such as 0.5')
  const { load, durationMs } =
    trace.load.kind === 'users'
      ? { load: trace.load, durationMs: trace.durationMs }
      : withRates(trace.load, trace.durationMs)
  const burst = trace.burst?.map((state) => ({ ...state, meanMs: state.meanMs * factor }))
  return checkedTrace(
    {
      ...trace,
      name: `${trace.name}-stretch${factor}`,
      load: stretchLoad(load, factor),
      ...(burst && { burst }),
      durationMs: durationMs * factor,
    },
    '--stretch',
  )
}

/**
 * All rates times one factor, so that the peak rate becomes `ratePerS`; the time axis unchanged. Of an `mmpp`
 * trace it is the peak of the mean rate, as everywhere.
 */
export function scaleToPeak(trace: Trace, ratePerS: number): Trace {
  checkPositive(ratePerS, '--peak', 'a rate in requests per second above 0, such as 40')
  if (trace.load.kind === 'users') {
    throw new UserError(
      `--peak is ${ratePerS}: that is a rate, and ${trace.name} is a closed loop of users. Their number is in its file`,
    )
  }
  const factor = ratePerS / peakRatePerS({ ...trace, load: trace.load })
  const { load, durationMs } = withRates(trace.load, trace.durationMs)
  return checkedTrace(
    {
      ...trace,
      name: `${trace.name}-peak${ratePerS}`,
      load: scaleLoad(load, factor),
      durationMs,
    },
    '--peak',
  )
}

/** The part [fromMs, toMs), moved to start at 0. Counts are data, so of them only whole intervals. */
export function slice(trace: Trace, fromMs: number, toMs: number): Trace {
  if (!(fromMs >= 0 && fromMs < toMs && toMs <= trace.durationMs)) {
    throw badInput({
      place: '--slice',
      value: `${label(fromMs)}-${label(toMs)}`,
      expected: `two ascending times within the trace, 0s to ${label(trace.durationMs)}`,
    })
  }
  return checkedTrace(
    {
      ...trace,
      name: `${trace.name}-slice${label(fromMs)}-${label(toMs)}`,
      load: sliceLoad(trace.load, { fromMs, toMs }),
      durationMs: toMs - fromMs,
    },
    '--slice',
  )
}

type RatedLoad = Exclude<OpenLoad, { kind: 'arrivals' }>

/** Explicit arrivals as counts per second, and the duration rounded up to whole seconds for them. */
function withRates(load: OpenLoad, durationMs: number): { load: RatedLoad; durationMs: number } {
  if (load.kind !== 'arrivals') return { load, durationMs }
  const counts = new Array<number>(Math.ceil(durationMs / RATE_BIN_MS)).fill(0)
  for (const at of load.atMs) counts[Math.floor(at / RATE_BIN_MS)]!++
  return {
    load: { kind: 'counts', intervalMs: RATE_BIN_MS, counts },
    durationMs: counts.length * RATE_BIN_MS,
  }
}

function stretchLoad(load: RatedLoad | ClosedLoad, factor: number): Load {
  if (load.kind === 'rate') {
    return { kind: 'rate', points: load.points.map((point) => ({ ...point, atMs: point.atMs * factor })) }
  }
  if (load.kind === 'users') {
    return { ...load, points: load.points.map((point) => ({ ...point, atMs: point.atMs * factor })) }
  }
  return {
    kind: 'counts',
    intervalMs: load.intervalMs * factor,
    counts: scaleCounts(load.counts, factor),
  }
}

function scaleLoad(load: RatedLoad, factor: number): Load {
  if (load.kind === 'rate') {
    return {
      kind: 'rate',
      points: load.points.map((point) => ({ ...point, ratePerS: point.ratePerS * factor })),
    }
  }
  return { ...load, counts: scaleCounts(load.counts, factor) }
}

function scaleCounts(counts: readonly number[], factor: number): number[] {
  let total = 0
  let given = 0
  return counts.map((count) => {
    total += count
    const scaled = Math.round(total * factor) - given
    given += scaled
    return scaled
  })
}

function sliceLoad(load: Load, { fromMs, toMs }: { fromMs: number; toMs: number }): Load {
  switch (load.kind) {
    case 'rate': {
      const inside = load.points.filter(({ atMs }) => atMs > fromMs && atMs < toMs)
      const points = [
        { atMs: fromMs, ratePerS: rateAt(load, fromMs) },
        ...inside,
        { atMs: toMs, ratePerS: rateBefore(load, toMs) },
      ]
      return { kind: 'rate', points: points.map((point) => ({ ...point, atMs: point.atMs - fromMs })) }
    }
    case 'users': {
      const inside = load.points.filter(({ atMs }) => atMs > fromMs && atMs < toMs)
      const points = [
        { atMs: fromMs, users: userLevelAt(load, fromMs) },
        ...inside,
        { atMs: toMs, users: levelBefore(load, toMs) },
      ]
      return { ...load, points: points.map((point) => ({ ...point, atMs: point.atMs - fromMs })) }
    }
    case 'counts': {
      const { intervalMs, counts } = load
      checkWhole(fromMs, intervalMs)
      checkWhole(toMs, intervalMs)
      return { ...load, counts: counts.slice(Math.round(fromMs / intervalMs), Math.round(toMs / intervalMs)) }
    }
    case 'arrivals':
      return {
        kind: 'arrivals',
        atMs: load.atMs.filter((at) => at >= fromMs && at < toMs).map((at) => at - fromMs),
      }
  }
}

/** The rate that a jump at `tMs` starts from: the slice ends there and must not contain the jump. */
function rateBefore(load: Extract<Load, { kind: 'rate' }>, tMs: number): number {
  return load.points.find(({ atMs }) => atMs === tMs)?.ratePerS ?? rateAt(load, tMs)
}

function checkWhole(tMs: number, intervalMs: number): void {
  if (Math.abs(tMs / intervalMs - Math.round(tMs / intervalMs)) < 1e-9) return
  throw badInput({
    place: '--slice',
    value: label(tMs),
    expected: `a multiple of the interval that the trace counts in, ${label(intervalMs)}`,
  })
}

function checkPositive(value: number, place: string, expected: string): void {
  if (!(Number.isFinite(value) && value > 0)) throw badInput({ place, value, expected })
}

/** Exact, unlike formatDuration: two different slices must not get one name. */
function label(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}
