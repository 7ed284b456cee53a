import { describe, expect, it } from 'vitest'
import { parseSla } from '../../analysis/sla.ts'
import { DEFAULT_CONTROL } from '../../control/service.ts'
import { NO_KNOWLEDGE } from '../../policies/policy.ts'
import { handModel } from '../../test/support.ts'
import type { OpenTrace } from '../../traces/trace.ts'
import { deadTimeBound } from './deadTime.ts'

/** 100 ms a request; 1.5 s to start, 5 ms for the action, half a tick of 1 s: 2005 ms. */
const model = handModel({ family: 'deterministic', value: 100 })
const control = { ...DEFAULT_CONTROL, knowledge: NO_KNOWLEDGE, initialReplicas: 1, maxReplicas: 20 }
const jump = (high: number, afterMs = 10_000): OpenTrace => ({
  name: 'jump',
  description: '',
  process: 'poisson',
  mix: { read: 1 },
  durationMs: 40_000,
  load: {
    kind: 'rate',
    points: [
      { atMs: 0, ratePerS: 5 },
      { atMs: afterMs, ratePerS: 5 },
      { atMs: afterMs, ratePerS: high },
      { atMs: 40_000, ratePerS: high },
    ],
  },
})
const bound = (trace: OpenTrace, allowed = 0.01, limit = 'p95<500ms') =>
  deadTimeBound({ trace, model, control }, { sla: parseSla(limit), allowed })

describe('the dead-time bound', () => {
  it('is half a tick, the delay and the start', () => {
    expect(bound(jump(20)).deadMs).toBe(2005)
  })

  it('a jump from 5 to 50 a second: what comes between 400 ms of backlog and the new replicas is late', () => {
    // One replica serves 10/s: the backlog grows by 40/s and is 400 ms of its work, 4 requests, after 0.1 s. It goes on
    // for 2.1 s and some 84 requests; the twenty replicas then serve 200/s and are through with the surplus of 44 in
    // 0.3 s more. So some 2.0 to 2.4 s of the 50/s are late, of 50 + 1500 requests.
    const { lateShare } = bound(jump(50))
    expect(lateShare).toBeGreaterThan((1.9 * 50) / 1550)
    expect(lateShare).toBeLessThan((2.5 * 50) / 1550)
  })

  it('a surplus that serves the whole jump makes nothing late; one less does', () => {
    const { surplus } = bound(jump(50), 0)
    expect(surplus).toBe(4)
  })

  it('a slow rise needs none', () => {
    const slow = jump(12)
    expect(
      bound({
        ...slow,
        load: {
          kind: 'rate',
          points: [
            { atMs: 0, ratePerS: 5 },
            { atMs: 40_000, ratePerS: 12 },
          ],
        },
      }).lateShare,
    ).toBe(0)
  })

  it('a promise that even an idle service breaks cannot be kept by any surplus', () => {
    expect(bound(jump(20), 0.01, 'p95<50ms')).toMatchObject({ lateShare: 1, surplus: null })
  })
})
