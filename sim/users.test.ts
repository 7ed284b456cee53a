import { describe, expect, it } from 'vitest'
import type { ServiceSettings } from '../record/schema.ts'
import { fixedFleet, handModel } from '../test/support.ts'
import type { ThinkTime, UserPoint } from '../traces/trace.ts'
import { simulate } from './run.ts'

const THINK_MS = 200
const SERVICE_MS = 100
const constant: ThinkTime = { kind: 'constant', ms: THINK_MS }

describe('Users', () => {
  // The first: 0-100, thinks until 300, 300-400, until 600, 600-700, 900-1000. The second waits for it once, until
  // 100, and then is 100 ms behind it for good: 0(100)-200, 400-500, 700-800.
  it('two at one server: the whole schedule', () => {
    const { intendedMs, doneMs, queueWaitMs } = requestsOf([{ atMs: 0, users: 2 }])
    expect([...intendedMs]).toEqual([0, 0, 300, 400, 600, 700, 900])
    expect([...doneMs]).toEqual([100, 200, 400, 500, 700, 800, 1000])
    expect([...queueWaitMs]).toEqual([0, 100, 0, 0, 0, 0, 0])
  })

  it('one who leaves while waiting gets its answer first, and sends no more', () => {
    const points = jump({ from: 2, atMs: 450, to: 1 })
    expect(sentMs(points)).toEqual([0, 0, 300, 400, 600, 900])
    expect([...requestsOf(points).doneMs]).toEqual([100, 200, 400, 500, 700, 1000])
  })

  it('one who leaves while thinking sends no more', () => {
    expect(sentMs(jump({ from: 2, atMs: 350, to: 1 }))).toEqual([0, 0, 300, 600, 900])
  })

  it('one who was to leave and is asked back before it went, goes on as if nothing had been', () => {
    const points = [...jump({ from: 2, atMs: 450, to: 1 }), ...jump({ from: 1, atMs: 690, to: 2 })]
    expect(sentMs(points)).toEqual([0, 0, 300, 400, 600, 700, 900])
  })

  it('one who comes back after it went sends at once', () => {
    const points = [...jump({ from: 2, atMs: 450, to: 1 }), ...jump({ from: 1, atMs: 850, to: 2 })]
    expect(sentMs(points)).toEqual([0, 0, 300, 400, 600, 850, 900])
  })

  it('those who come during the run send at once', () => {
    expect(sentMs(jump({ from: 1, atMs: 50, to: 3 }))).toEqual([0, 50, 50, 300, 400, 500, 600, 700, 800, 900])
  })

  it('giving up is an answer, too: the user thinks and sends the next', () => {
    const { intendedMs, outcome } = requestsOf([{ atMs: 0, users: 1 }], { clientTimeoutMs: 60 })
    expect([...intendedMs]).toEqual([0, 260, 520, 780])
    expect(new Set(outcome)).toEqual(new Set(['timeout']))
  })

  it('further tries belong to the request: the user waits for the last one', () => {
    const retries = { most: 1, backoffMs: 40, factor: 1, jitter: 0 }
    const { intendedMs } = requestsOf([{ atMs: 0, users: 1 }], { clientTimeoutMs: 60, retries })
    // 60, pause until 100, 160, think until 360.
    expect([...intendedMs]).toEqual([0, 360, 720])
  })

  it('think times are of their law, and each user has its own', () => {
    const uniform: ThinkTime = { kind: 'uniform', minMs: 100, maxMs: 300 }
    const alone = pauses({ users: 1, think: uniform, durationMs: 400_000 })
    expect(Math.min(...alone)).toBeGreaterThanOrEqual(100)
    expect(Math.max(...alone)).toBeLessThanOrEqual(300)
    expectMean(alone, 200, 200 / Math.sqrt(12))
    expectMean(
      pauses({ users: 1, think: { kind: 'exponential', meanMs: 200 }, durationMs: 400_000 }),
      200,
      200,
    )
  })
})

/** Within 4 standard errors of the mean. */
function expectMean(values: readonly number[], mean: number, deviation: number): void {
  const seen = values.reduce((sum, value) => sum + value, 0) / values.length
  expect(values.length).toBeGreaterThan(1000)
  expect(Math.abs(seen - mean)).toBeLessThan((4 * deviation) / Math.sqrt(values.length))
}

const jump = ({ from, atMs, to }: { from: number; atMs: number; to: number }): UserPoint[] => [
  { atMs, users: from },
  { atMs, users: to },
]

const sentMs = (points: UserPoint[]) => [...requestsOf(points).intendedMs]

function requestsOf(
  points: UserPoint[],
  service: Partial<ServiceSettings> = {},
  { think = constant, durationMs = 1000 }: { think?: ThinkTime; durationMs?: number } = {},
) {
  const trace = {
    name: 'users',
    description: '',
    load: { kind: 'users' as const, points, think },
    process: 'even' as const,
    mix: { read: 1 },
    durationMs,
  }
  const model = handModel({ family: 'deterministic', value: SERVICE_MS })
  return simulate(fixedFleet({ trace, model, replicas: 1, service })).requests
}

/** Between an answer and the next request of one user. */
function pauses({ users, think, durationMs }: { users: number; think: ThinkTime; durationMs: number }) {
  const { intendedMs, doneMs } = requestsOf([{ atMs: 0, users }], {}, { think, durationMs })
  return Array.from(intendedMs.slice(1), (ms, i) => ms - doneMs[i]!)
}
