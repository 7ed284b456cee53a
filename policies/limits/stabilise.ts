import { highest, lowest, recent, type Timed } from '../recent.ts'
import { duration } from '../specs.ts'
import { limitOf } from './limit.ts'

const RANGE = { min: 0, max: 3_600_000 }

/**
 * A change goes only as far as all wishes of a window agree on it:
 *
 *     out   to the least wish of the last `stabilise.upMs`
 *     in    to the highest wish of the last `stabilise.downMs`
 *
 * the present one included; a wish as old as the window is out. What is noted is the wish before any limit; a hold is
 * the wish for the target.
 *
 * Source: the stabilisation windows of the Kubernetes horizontal pod autoscaler (behavior.scaleUp and scaleDown), with their
 * defaults of 0 s and 300 s.
 */
export const stabilise = limitOf<readonly Timed[]>({
  name: 'stabilise',
  parameters: {
    'stabilise.upMs': duration('window whose least wish limits scaling out', RANGE, 0),
    'stabilise.downMs': duration('window whose highest wish limits scaling in', RANGE, 300_000),
  },
  start: [],
  apply({ parameters }, { nowMs, target }, wish, previous) {
    const upMs = parameters['stabilise.upMs']!
    const downMs = parameters['stabilise.downMs']!
    const now = { atMs: nowMs, value: wish }
    const memory = recent(previous, now, Math.max(upMs, downMs))
    const up = lowest(recent(previous, now, upMs))
    const down = highest(recent(previous, now, downMs))
    const replicas = Math.min(down, Math.max(up, target))
    const why = wish > target ? `least wish of ${upMs} ms` : `highest wish of ${downMs} ms`
    return { replicas, why, memory }
  },
})
