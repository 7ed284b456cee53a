import { describe, expect, it } from 'vitest'
import type { ReplicaEvent, RunRecord, StartPhases } from '../../record/schema.ts'
import { startRows, startupTable, stopRows } from './startupTable.ts'

const phases = (method: StartPhases['method'], answerMs: number | null, checkMs: number): StartPhases => ({
  method,
  createMs: method === 'cold' ? 40 : 0,
  startMs: 300,
  answerMs,
  checkMs,
})

const at = (
  atMs: number,
  replica: string,
  state: ReplicaEvent['state'],
  own?: StartPhases,
): ReplicaEvent => ({
  atMs,
  replica,
  state,
  ...(own ? { phases: own } : {}),
})

const record = (replicas: ReplicaEvent[], requests = 0) =>
  ({ replicas, requests: { intendedMs: new Float64Array(requests) } }) as unknown as RunRecord

const idle = record([
  at(0, 'w1', 'starting'),
  at(0, 'w1', 'ready', phases('cold', 500, 90)),
  at(1000, 'w2', 'starting'),
  at(1900, 'w2', 'ready', phases('cold', 500, 60)),
  at(3000, 'w2', 'draining'),
  at(3400, 'w2', 'stopped'),
  at(5000, 'w3', 'starting'),
  at(5100, 'w3', 'draining'),
  at(9000, 'w3', 'stopped'),
  at(11_000, 'w4', 'starting'),
  at(11_002, 'w5', 'starting'),
  at(13_000, 'w4', 'ready', phases('cold', 900, 100)),
  at(13_100, 'w5', 'ready', phases('cold', 1100, 200)),
])
const loaded = record(
  [
    at(1000, 'w2', 'starting'),
    at(1400, 'w2', 'ready', phases('paused', null, 50)),
    at(3000, 'w2', 'draining'),
    at(4000, 'w2', 'stopped'),
  ],
  100,
)

describe('what the starts of experiment (c) consist of', () => {
  it('means by method, load and how many at once; what was prepared before time 0 is not counted', () => {
    expect(startRows([loaded, idle])).toEqual([
      {
        method: 'cold',
        together: 1,
        loaded: false,
        phases: { createMs: 40, startMs: 300, answerMs: 500, checkMs: 60 },
        totalMs: { mean: 900, min: 900, max: 900 },
        count: 1,
      },
      {
        method: 'cold',
        together: 2,
        loaded: false,
        phases: { createMs: 40, startMs: 300, answerMs: 1000, checkMs: 150 },
        totalMs: { mean: 1490, min: 1340, max: 1640 },
        count: 2,
      },
      {
        method: 'paused',
        together: 1,
        loaded: true,
        phases: { createMs: 0, startMs: 300, answerMs: null, checkMs: 50 },
        totalMs: { mean: 350, min: 350, max: 350 },
        count: 1,
      },
    ])
  })

  it('how long a replica takes to go: of those that had been ready', () => {
    expect(stopRows([idle, loaded])).toEqual([
      { loaded: false, goneMs: { mean: 400, min: 400, max: 400 }, count: 1 },
      { loaded: true, goneMs: { mean: 1000, min: 1000, max: 1000 }, count: 1 },
    ])
  })

  it('as a table', async () => {
    const lines = (await startupTable([idle, loaded])).split('\n').map((line) => line.trim().split(/ {2,}/))
    expect(lines).toContainEqual([
      'cold',
      '2 at once, idle',
      '40',
      '300',
      '1000',
      '150',
      '1490',
      '1340 to 1640',
      '2',
    ])
    expect(lines).toContainEqual(['paused', 'alone, loaded', '0', '300', '-', '50', '350', '350 to 350', '1'])
    expect(lines).toContainEqual(['drain and stop, loaded', '1000', '1000 to 1000', '1'])
  })
})
