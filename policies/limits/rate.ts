import type { Observation, ParameterSpec, PolicyContext } from '../policy.ts'
import { limitOf } from './limit.ts'

interface RateMemory {
  /** Target and time of the last tick; null before the first. */
  last: { target: number; atMs: number } | null
  /** How many replicas may be added, and removed, now; real-valued. */
  up: number
  down: number
}

const LEFT_OVER = 1 - 1e-6
/** Sums of rate x seconds miss a whole number by rounding errors. */
const ROUNDING = 1e-9

/**
 * At most `rate.upPerS` replicas a second are added and `rate.downPerS` removed: a token bucket each way,
 *
 *     tokens = min(just below 1, tokens - replicas changed) + rate x seconds since the last tick
 *     wish   at most floor(tokens) replicas away from the target
 *
 * full at the start. The part of a replica that is left over goes on to the next tick, or whole replicas would be slower than
 * the rate; nothing more does, so a calm time saves up no burst. Only changes of the target take
 * tokens, so one that a later limit refused takes none.
 *
 * The defaults are ours: one in 4 s, and one in 20 s. Source of the bucket: Turner, New directions in communications, IEEE
 * Communications Magazine 24 (1986).
 */
export const rate = limitOf<RateMemory>({
  name: 'rate',
  parameters: {
    'rate.upPerS': perSecond('most replicas added a second', 0.25),
    'rate.downPerS': perSecond('most replicas removed a second', 0.05),
  },
  start: { last: null, up: LEFT_OVER, down: LEFT_OVER },
  apply(context, observation, wish, previous) {
    const { target } = observation
    const memory = refilled(context, observation, previous)
    const most = target + Math.floor(memory.up + ROUNDING)
    const least = target - Math.floor(memory.down + ROUNDING)
    const replicas = Math.min(most, Math.max(least, wish))
    const { parameters } = context
    const limit = wish > target ? parameters['rate.upPerS'] : parameters['rate.downPerS']
    return { replicas, why: `at most ${limit} a second`, memory }
  },
})

function refilled(
  { parameters, intervalMs }: PolicyContext,
  { nowMs, target }: Observation,
  { last, up, down }: RateMemory,
): RateMemory {
  const seconds = (last === null ? intervalMs : nowMs - last.atMs) / 1000
  const moved = last === null ? 0 : target - last.target
  const fill = (tokens: number, taken: number, perS: number) =>
    Math.max(0, Math.min(LEFT_OVER, tokens - taken)) + perS * seconds
  return {
    last: { target, atMs: nowMs },
    up: fill(up, Math.max(0, moved), parameters['rate.upPerS']!),
    down: fill(down, Math.max(0, -moved), parameters['rate.downPerS']!),
  }
}

function perSecond(description: string, value: number): ParameterSpec {
  return { description, unit: '1/s', min: 0.001, max: 1000, default: value, scale: 'log' }
}
