import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { MAX_DURATION_MS } from './limits.ts'
import type { ThinkTime } from './trace.ts'

const EXPECTED = 'a duration such as "1s", or {"uniform": ["1s", "3s"]}, or {"exponential": "2s"}'

/**
 * The pause of a user: a duration, or one drawn anew each time.
 * @throws UserError with place, value and expectation.
 */
export function parseThink(think: unknown, place: string): ThinkTime {
  if (typeof think === 'string') return { kind: 'constant', ms: parsePause(think, place) }
  const [entry, ...more] = think && typeof think === 'object' ? Object.entries(think) : []
  if (!entry || more.length > 0) throw badInput({ place, value: think, expected: EXPECTED })
  const [kind, value] = entry as [string, unknown]
  if (kind === 'exponential') {
    const meanMs = parsePause(value, `${place}.exponential`)
    if (meanMs > 0) return { kind, meanMs }
    throw badInput({ place: `${place}.exponential`, value, expected: 'a mean of more than 0ms' })
  }
  if (kind === 'uniform') return { kind, ...parseRange(value, `${place}.uniform`) }
  throw badInput({ place, value: think, expected: EXPECTED })
}

function parseRange(value: unknown, place: string): { minMs: number; maxMs: number } {
  if (Array.isArray(value) && value.length === 2) {
    const minMs = parsePause(value[0], `${place}[0]`)
    const maxMs = parsePause(value[1], `${place}[1]`)
    if (minMs <= maxMs) return { minMs, maxMs }
  }
  throw badInput({ place, value, expected: 'two durations, the shorter one first, such as ["1s", "3s"]' })
}

function parsePause(value: unknown, place: string): number {
  const ms = parseDuration(value, place)
  if (ms <= MAX_DURATION_MS) return ms
  throw badInput({ place, value, expected: 'at most 366 days' })
}
