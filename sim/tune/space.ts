import type { ParameterSpec, Parameters, Policy } from '../../policies/policy.ts'

/** A parameter whose bounds are further apart than this, times its default, is searched around its default. */
const WIDE = 20

interface Axis {
  name: string
  from: number
  to: number
  isLog: boolean
  isInteger: boolean
  /** A logarithmic axis cannot reach 0: its lower end stands for it. */
  reachesZero: boolean
}

/**
 * The parameters that a search may move, as a unit cube: linear, logarithmic or whole as each parameter says. Bounds are
 * what a policy can bear, often from nothing to an hour: where they are more than 20 times the default apart, the axis is
 * logarithmic from a twentieth to twenty times the default. A parameter without a default to go by (0, with wide bounds)
 * stays where it is, as does a pinned one.
 */
export class Space {
  readonly axes: readonly Axis[]
  readonly #base: Parameters

  /** @param base all parameters: the pinned ones, and the point that a search starts from. */
  constructor(policy: Policy, base: Parameters, pinned: readonly string[] = []) {
    this.#base = base
    this.axes = Object.entries(policy.parameters)
      .filter(([name]) => !pinned.includes(name))
      .flatMap(([name, spec]) => axisOf(name, spec) ?? [])
  }

  get dimension(): number {
    return this.axes.length
  }

  /** The point of a cube position; positions beyond a face are on it. */
  parametersAt(position: readonly number[]): Parameters {
    const moved = this.axes.map((axis, i): [string, number] => [axis.name, valueAt(axis, position[i]!)])
    return { ...this.#base, ...Object.fromEntries(moved) }
  }

  positionOf(parameters: Parameters): number[] {
    return this.axes.map((axis) => positionOn(axis, parameters[axis.name]!))
  }
}

function axisOf(name: string, { min, max, default: value, scale }: ParameterSpec): Axis | null {
  const isInteger = scale === 'integer'
  if (max <= min) return null
  const isWide = max - min > WIDE * Math.abs(value)
  if (!isWide) {
    const isLog = scale === 'log' && min > 0
    return { name, from: min, to: max, isLog, isInteger, reachesZero: false }
  }
  if (value > 0) {
    const from = Math.max(min, value / WIDE)
    const to = Math.min(max, value * WIDE)
    return { name, from, to, isLog: true, isInteger, reachesZero: min === 0 }
  }
  return max - min <= WIDE ? { name, from: min, to: max, isLog: false, isInteger, reachesZero: false } : null
}

/** Share of a logarithmic axis at its lower end that stands for 0, where 0 is allowed. */
const ZERO_END = 0.03

function valueAt({ from, to, isLog, isInteger, reachesZero }: Axis, position: number): number {
  const x = Math.min(1, Math.max(0, position))
  if (isInteger && !isLog) return Math.min(to, Math.floor(from + x * (to - from + 1)))
  if (reachesZero && x < ZERO_END) return 0
  const value = isLog ? from * (to / from) ** x : from + x * (to - from)
  const rounded = isInteger ? Math.round(value) : Number(value.toPrecision(4))
  return Math.min(to, Math.max(isInteger ? Math.ceil(from) : from, rounded))
}

function positionOn({ from, to, isLog, isInteger }: Axis, value: number): number {
  if (isLog) return value <= from ? 0 : Math.min(1, Math.log(value / from) / Math.log(to / from))
  if (isInteger) return (value - from + 0.5) / (to - from + 1)
  return (value - from) / (to - from)
}
