import { badInput } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import { MAX_DURATION_MS } from './limits.ts'
import type { BurstState, Trace } from './trace.ts'

const EXAMPLE = '{"factor": 3, "mean": "5s"}'
/** Below it an average has few digits, or none. */
const MIN_FACTOR = 1e-6
const MAX_FACTOR = 1e6

/**
 * The states of an `mmpp` process, `undefined` for another one. People write factors in any scale, also as
 * rates: they are divided by their average over time, sum(factor_i mean_i) / sum(mean_i), so that it becomes 1 and
 * the rate of the load is the mean rate.
 * @throws UserError with place, value and expectation, also where process, load and burst do not go together.
 */
export function parseBurst(
  burst: unknown,
  { process, load }: Pick<Trace, 'process' | 'load'>,
  place: string,
): BurstState[] | undefined {
  if (process !== 'mmpp') {
    if (burst === undefined) return undefined
    throw badInput({ place: `${place}: burst`, value: burst, expected: 'no burst without "process": "mmpp"' })
  }
  if (load.kind !== 'rate') {
    const expected = `poisson or even: ${load.kind} are data, only a load of kind rate can have bursts`
    throw badInput({ place: `${place}: process`, value: process, expected })
  }
  if (!(Array.isArray(burst) && burst.length >= 2)) {
    const expected = `a list of at least two states such as ${EXAMPLE} for "process": "mmpp"`
    throw badInput({ place: `${place}: burst`, value: burst, expected })
  }
  const states = burst.map((state, i) => parseState(state, `${place}: burst[${i}]`))
  if (states.some(({ factor }) => factor >= MIN_FACTOR)) return withMeanOne(states)
  throw badInput({
    place: `${place}: burst`,
    value: burst,
    expected: `at least one factor of ${MIN_FACTOR} or more`,
  })
}

function parseState(state: unknown, place: string): BurstState {
  const keys = state && typeof state === 'object' ? Object.keys(state).sort().join() : ''
  if (keys !== 'factor,mean') throw badInput({ place, value: state, expected: `a state such as ${EXAMPLE}` })
  const { factor, mean } = state as { factor: unknown; mean: unknown }
  if (!(typeof factor === 'number' && factor >= 0 && factor <= MAX_FACTOR)) {
    throw badInput({ place: `${place}.factor`, value: factor, expected: `a number from 0 to ${MAX_FACTOR}` })
  }
  const meanMs = parseDuration(mean, `${place}.mean`)
  if (meanMs > 0 && meanMs <= MAX_DURATION_MS) return { factor, meanMs }
  throw badInput({ place: `${place}.mean`, value: mean, expected: 'more than 0ms and at most 366 days' })
}

function withMeanOne(states: readonly BurstState[]): BurstState[] {
  const cycleMs = states.reduce((sum, { meanMs }) => sum + meanMs, 0)
  const average = states.reduce((sum, { factor, meanMs }) => sum + factor * meanMs, 0) / cycleMs
  return states.map(({ factor, meanMs }) => ({ factor: factor / average, meanMs }))
}
