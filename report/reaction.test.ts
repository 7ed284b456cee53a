import { expect, it } from 'vitest'
import type { ReplicaEvent, RunRecord, TraceInRecord } from '../record/schema.ts'
import { reactionOf, turnsOf } from './reaction.ts'

const trace = (points: [s: number, ratePerS: number][]): TraceInRecord => ({
  name: 'x',
  description: '',
  load: { kind: 'rate', points: points.map(([s, ratePerS]) => ({ atMs: s * 1000, ratePerS })) },
  process: 'poisson',
  mix: { read: 1 },
  durationMs: 60_000,
})
// 6/s until 10 s, up to 36/s at 14 s, from 30 s down to 6/s at 34 s; a slow rise before has the lesser slope.
const spike = trace([
  [0, 4],
  [10, 6],
  [14, 36],
  [30, 36],
  [34, 6],
  [60, 6],
])

it('the load turns where its steepest piece begins', () => {
  expect(turnsOf(spike)).toEqual({ riseMs: 10_000, fallMs: 30_000 })
})

it('a jump is steeper than any slope, and the highest jump the steepest', () => {
  const jumps = trace([
    [0, 1],
    [5, 100],
    [10, 100],
    [10, 110],
    [20, 110],
    [20, 150],
    [60, 150],
  ])
  expect(turnsOf(jumps)).toEqual({ riseMs: 20_000, fallMs: null })
})

it('a trace of single arrivals has no turn', () => {
  expect(turnsOf({ ...spike, load: { kind: 'arrivals', atMs: [1] } })).toEqual({ riseMs: null, fallMs: null })
})

const event = (atMs: number, replica: string, state: ReplicaEvent['state']): ReplicaEvent => ({
  atMs,
  replica,
  state,
})
const recordOf = (replicas: ReplicaEvent[]) => ({ run: { trace: spike }, replicas }) as unknown as RunRecord

it('a fleet that goes out and in again: times count from the turns', () => {
  const record = recordOf([
    event(0, 'a', 'ready'),
    event(12_000, 'b', 'starting'),
    event(12_500, 'b', 'ready'),
    event(13_000, 'c', 'starting'),
    event(13_500, 'c', 'ready'),
    event(40_000, 'c', 'draining'),
    event(40_300, 'c', 'stopped'),
    event(45_000, 'b', 'draining'),
    event(45_200, 'b', 'stopped'),
    event(61_000, 'a', 'stopped'),
  ])
  expect(reactionOf(record)).toEqual({
    firstStartMs: 2000,
    firstReadyMs: 2500,
    most: 3,
    mostAfterMs: 3000,
    firstStopMs: 10_000,
    settledMs: 15_200,
  })
})

it('what did not happen is unknown; a start of before the rise is not its answer', () => {
  const record = recordOf([event(0, 'a', 'ready'), event(9000, 'b', 'starting'), event(11_000, 'b', 'ready')])
  expect(reactionOf(record)).toEqual({
    firstStartMs: null,
    firstReadyMs: null,
    most: 2,
    mostAfterMs: null,
    firstStopMs: null,
    settledMs: null,
  })
})
