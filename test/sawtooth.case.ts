import type { ParameterSpec, Policy } from '../policies/policy.ts'

const replicas = (description: string, value: number): ParameterSpec => ({
  description,
  unit: 'replicas',
  min: 1,
  max: 100,
  default: value,
  scale: 'integer',
})
const ticks = (description: string, value: number): ParameterSpec => ({
  ...replicas(description, value),
  unit: '1',
})

/**
 * To `high` replicas, and when all of them have been ready for `up` ticks to `low`; when the others have been gone for
 * `down` ticks again, whatever the load: for tests of starts and stops. Its state counts those ticks.
 */
const sawtooth: Policy<number> = {
  name: 'sawtooth',
  summary: 'up and down all the time',
  source: 'test/sawtooth.case.ts',
  parameters: {
    low: replicas('the fewest', 1),
    high: replicas('the most', 3),
    up: ticks('how many ticks it stays at the most', 1),
    down: ticks('how many ticks it stays at the fewest', 1),
  },
  init: () => 0,
  decide({ parameters }, { target, replicas: { ready, starting, draining } }, stayed) {
    const { low, high, up, down } = parameters as Record<'low' | 'high' | 'up' | 'down', number>
    const isUp = target === high
    const isThere = starting + draining === 0 && ready === target
    const ticksThere = isThere ? stayed + 1 : 0
    if (ticksThere < (isUp ? up : down) && (isUp || target === low))
      return { decision: { kind: 'hold', reason: 'between two moves' }, state: ticksThere }
    return { decision: { kind: 'scale', replicas: isUp ? low : high, reason: 'to the other end' }, state: 0 }
  },
}
export default sawtooth
