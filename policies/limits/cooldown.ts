import type { Observation } from '../policy.ts'
import { duration } from '../specs.ts'
import { limitOf } from './limit.ts'

interface CooldownMemory {
  /** Target and time of the last tick; null before the first. */
  last: { target: number; atMs: number } | null
  /** When what was asked for changed last; null before it did. */
  changedMs: number | null
}

const RANGE = { min: 0, max: 3_600_000 }

/**
 * No change within a pause after the last one: `cooldown.upMs` before scaling out, `cooldown.downMs` before scaling in,
 * whichever way the last one went. A change is one of the target, so one that a later limit refused starts no pause.
 *
 * Source: Amazon EC2 Auto Scaling user guide, "Scaling cooldowns" (300 s there; here as `threshold`).
 */
export const cooldown = limitOf<CooldownMemory>({
  name: 'cooldown',
  parameters: {
    'cooldown.upMs': duration('pause after a change before scaling out', RANGE, 3000),
    'cooldown.downMs': duration('pause after a change before scaling in', RANGE, 10_000),
  },
  start: { last: null, changedMs: null },
  apply({ parameters }, observation, wish, previous) {
    const { nowMs, target } = observation
    const memory = withChange(observation, previous)
    const pauseMs = wish > target ? parameters['cooldown.upMs']! : parameters['cooldown.downMs']!
    const sinceMs = memory.changedMs === null ? Number.POSITIVE_INFINITY : nowMs - memory.changedMs
    if (wish === target || sinceMs >= pauseMs) return { replicas: wish, why: '', memory }
    return { replicas: target, why: `${sinceMs} of ${pauseMs} ms after a change`, memory }
  },
})

/** A target that is not the last tick's was decided on at that tick. */
function withChange({ nowMs, target }: Observation, { last, changedMs }: CooldownMemory): CooldownMemory {
  const moved = last !== null && last.target !== target
  return { last: { target, atMs: nowMs }, changedMs: moved ? last.atMs : changedMs }
}
