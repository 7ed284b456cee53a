import type { ParameterSpec } from '../../../policies/policy.ts'

/** So many positions are still told apart with a mouse. */
const MOST_EVEN = 120
const STEPS = [1, 2, 2.5, 5, 10]
/** A linear range that goes on so far beyond its default would leave the part of interest within a pixel. */
const FAR = 20
/** Positions a decade on a logarithmic slider. */
const MANTISSAS = [1, 1.2, 1.5, 1.8, 2, 2.2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9]
/** Where a range from 0 begins on one, as a share of the default. */
const FIRST_SHARE = 0.01

/**
 * The values at which a parameter's slider stops, ascending, with both bounds and the default: even where its range is near its
 * default, in round numbers of each decade where the spec says `log` or the range is far wider (0 to an hour, default 3 s).
 */
export function stopsOf({ min, max, default: usual, scale }: ParameterSpec): number[] {
  const whole = scale === 'integer'
  const even = scale !== 'log' && max - min <= Math.max(FAR * Math.abs(usual || 1), whole ? MOST_EVEN : 0)
  const stops = even ? evenStops(min, max, whole) : decadeStops(min, max, usual)
  const all = [min, ...stops, usual, max].filter((stop) => !whole || Number.isInteger(stop))
  return [...new Set(all)].sort((a, b) => a - b)
}

function evenStops(min: number, max: number, whole: boolean): number[] {
  const least = (max - min) / MOST_EVEN
  const decade = 10 ** Math.floor(Math.log10(least))
  const step = Math.max(
    whole ? 1 : 0,
    STEPS.map((one) => one * decade).find((one) => one >= least * (1 - 1e-9))!,
  )
  const first = Math.ceil(min / step - 1e-9)
  const count = Math.floor(max / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function decadeStops(min: number, max: number, usual: number): number[] {
  const from = min > 0 ? min : (usual || 1) * FIRST_SHARE
  const decades = Math.ceil(Math.log10(max / from)) + 2
  const lowest = Math.floor(Math.log10(from))
  return Array.from({ length: decades }, (_, d) =>
    MANTISSAS.map((mantissa) => Number((mantissa * 10 ** (lowest + d)).toPrecision(12))),
  )
    .flat()
    .filter((stop) => stop >= from && stop <= max)
}

/** The index of the stop that is nearest to a value. */
export function nearestStop(stops: readonly number[], value: number): number {
  const above = stops.findIndex((stop) => stop >= value)
  if (above === -1) return stops.length - 1
  const below = Math.max(0, above - 1)
  return value - stops[below]! < stops[above]! - value ? below : above
}
