import { latencyScale } from '../../plots/latency.ts'

/** A vertical axis: where values stand, 0 at the bottom and 1 at the top, and which are labelled. */
export interface Axis {
  place(value: number): number
  ticks: number[]
  /** ", log scale" where it is one: for the heading. */
  remark: string
}

/** 1, 2 and 5 times the powers of ten, and 2.5 for a quarter. */
const STEPS = [1, 2, 2.5, 5, 10]
/** Steps of time that people count in, s. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600]

/** From 0 to a round number that is at least `max`. */
export function linearAxis(max: number, { whole = false, ticks = 4 } = {}): Axis {
  const step = roundStep(max / ticks, whole)
  const count = Math.max(1, Math.ceil(max / step - 1e-9))
  const top = count * step
  return {
    place: (value) => value / top,
    ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))),
    remark: '',
  }
}

/** As the project's pictures have it: linear from 0 where the values allow it, else logarithmic. */
export function latencyAxis(valuesMs: readonly number[]): Axis {
  const { remark, scale, axis } = latencyScale(valuesMs)
  if (!('type' in scale) || !('values' in axis)) return linearAxis(scale.domain[1]!)
  const [lo, hi] = scale.domain.map(Math.log) as [number, number]
  return {
    place: (value) => Math.max(0, (Math.log(value) - lo) / (hi - lo)),
    ticks: axis.values ?? [],
    remark,
  }
}

function roundStep(least: number, whole: boolean): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(least, Number.MIN_VALUE)))
  const steps = STEPS.map((step) => step * decade).filter((step) => !whole || Number.isInteger(step))
  return steps.find((step) => step >= least * (1 - 1e-9)) ?? Math.max(1, Math.ceil(least))
}

/** Times to label, ms, so that at most `most` fit. */
export function timeTicksMs(durationMs: number, most: number): number[] {
  const stepS = STEPS_S.find((step) => durationMs / 1000 / step <= most) ?? durationMs / 1000 / most
  return Array.from({ length: Math.floor(durationMs / 1000 / stepS + 1e-9) + 1 }, (_, i) => i * stepS * 1000)
}

/** `34 s`, and from two minutes on `2:05`. */
export function clockText(ms: number): string {
  const s = Math.round(ms / 1000)
  return s < 120 ? `${s} s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
}
