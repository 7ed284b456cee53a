import { badInput } from '../base/errors.ts'
import { checkedTrace } from './limits.ts'
import { peakRatePerS, RATE_BIN_MS, rateAt } from './rate.ts'
import type { Load, Trace } from './trace.ts'

/*
 * Other traces made from one. Each changes the name, so that a record, a label or a hash cannot take the
 * result for the original. Where the number of requests changes, counts are rounded so that each running
 * total is right to a half, and explicit arrivals become counts per second: which of them to repeat or to
 * leave out is not in the data.
 */

/** The time axis times `factor`, the rates unchanged: 0.1 makes a day last 2.4 hours. */
export function stretch(trace: Trace, factor: number): Trace {
  checkPositive(factor, '--stretch', 'a factor above 0, such as 0.5')
  const { load, durationMs } = withRates(trace)
  return checkedTrace(
    {
      ...trace,
      name: `${trace.name}-stretch${factor}`,
      load: stretchLoad(load, factor),
      durationMs: durationMs * factor,
    },
    '--stretch',
  )
}

/** All rates times one factor, so that the peak rate becomes `ratePerS`; the time axis unchanged. */
export function scaleToPeak(trace: Trace, ratePerS: number): Trace {
  checkPositive(ratePerS, '--peak', 'a rate in requests per second above 0, such as 40')
  const { load, durationMs } = withRates(trace)
  return checkedTrace(
    {
      ...trace,
      name: `${trace.name}-peak${ratePerS}`,
      load: scaleLoad(load, ratePerS / peakRatePerS(trace)),
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

type RatedLoad = Exclude<Load, { kind: 'arrivals' }>

/** Explicit arrivals as counts per second, and the duration rounded up to whole seconds for them. */
function withRates({ load, durationMs }: Trace): { load: RatedLoad; durationMs: number } {
  if (load.kind !== 'arrivals') return { load, durationMs }
  const counts = new Array<number>(Math.ceil(durationMs / RATE_BIN_MS)).fill(0)
  for (const at of load.atMs) counts[Math.floor(at / RATE_BIN_MS)]!++
  return {
    load: { kind: 'counts', intervalMs: RATE_BIN_MS, counts },
    durationMs: counts.length * RATE_BIN_MS,
  }
}

function stretchLoad(load: RatedLoad, factor: number): Load {
  if (load.kind === 'rate') {
    return { kind: 'rate', points: load.points.map((point) => ({ ...point, atMs: point.atMs * factor })) }
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
