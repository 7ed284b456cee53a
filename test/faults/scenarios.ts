import { expect } from 'vitest'
import type { FaultRow } from '../../record/faults.ts'
import type { RunRecord } from '../../record/schema.ts'
import type { Scenario } from '../twin.case.ts'
import { expectWithin, intendedIn, readyAt, slowest } from '../views.ts'

/**
 * What is broken, and what must come of it on either side. Several faults share a run where they do not touch each other:
 * a run on the real parts takes its time.
 */
export interface FaultScenario extends Omit<Scenario, 'faults' | 'expectations'> {
  faults: string[]
  /** Left out of the short form: it waits for long time-outs. */
  long?: boolean
  expectations: (record: RunRecord) => void
}

/** Three replicas, which serve 28/s, at 10/s: one of them can be spared. */
const STEADY = { policy: 'static', set: ['replicas=3'], control: { initialReplicas: 3 } }
const steadyFor = (seconds: number): [number, number][] => [
  [0, 10],
  [seconds, 10],
]

export const SCENARIOS: FaultScenario[] = [
  {
    name: 'replicas die, stand still and become slow',
    ...STEADY,
    rates: steadyFor(30),
    faults: ['kill:0@3s', 'oom:1@8s', 'hang:0@16s+4s', 'slow:0x4@23s+4s', 'kill:7@27s'],
    expectations(record) {
      const failed = record.replicas.filter(({ state }) => state === 'failed')
      expect(failed.map(({ replica, note }) => [replica, note])).toEqual([
        ['w1', 'killed (signal 9)'],
        ['w3', 'out of memory'],
      ])
      expectWithin(failed[0]!.atMs, 3000, 5500)
      // The kernel takes its time to find that there is no more memory.
      expectWithin(failed[1]!.atMs, 8000, 13_500)
      expect([7500, 15_500, 29_500].map((atMs) => readyAt(record, atMs))).toEqual([3, 3, 3])
      // One stands still: whoever is at it waits, all others go elsewhere.
      const duringHang = intendedIn(record, 16_000, 20_000)
      const slow = duringHang.filter((i) => record.requests.serviceMs[i]! > 1000)
      expectWithin(slow.length, 0, 3)
      expect(slowest(record, 16_000, 20_000)).toBeLessThan(6500)
      expect(told(record, 'hang')).toEqual(['begun w2', 'over w2'])
      expect(told(record, 'kill:7')).toEqual(['impossible no replica 7 is ready'])
      expect(notAnswered(record)).toEqual([])
    },
  },
  {
    name: 'starts fail, find no image, and succeed again',
    ...STEADY,
    rates: steadyFor(24),
    faults: ['start-fails@2s+5s', 'kill:0@3s', 'image-missing@12s+5s', 'kill:0@13s'],
    expectations(record) {
      const notes = record.replicas.flatMap(({ state, note }) => (state === 'failed' ? [note] : []))
      expect(notes.filter((note) => note === 'killed (signal 9)')).toHaveLength(2)
      expectWithin(notes.filter((note) => note === 'exited with 1 before it was ready').length, 1, 3)
      expectWithin(notes.filter((note) => note === 'the image is not there').length, 1, 3)
      // No tight loop: two seconds between a failure and the next start.
      const starts = record.replicas.filter(({ state, atMs }) => state === 'starting' && atMs > 0)
      expectWithin(starts.length, 4, 8)
      expect([6500, 16_500].map((atMs) => readyAt(record, atMs))).toEqual([2, 2])
      expect([11_500, 23_500].map((atMs) => readyAt(record, atMs))).toEqual([3, 3])
      expect(notAnswered(record)).toEqual([])
    },
  },
  {
    name: 'the proxy reloads, tells nonsense, loses its socket and its log, and dies',
    ...STEADY,
    rates: steadyFor(34),
    faults: [
      'proxy-reload@3s',
      'metrics-absurd@6s+3s',
      'proxy-socket@11s+5s',
      'kill:0@12s',
      'log-full@21s+3s',
      'proxy-kill@27s',
    ],
    expectations(record) {
      const unknown = record.ticks.filter(({ observation }) => observation.arrivalsPerS === null)
      const blindMs = unknown.map(({ observation }) => observation.nowMs)
      // Nonsense is as good as nothing.
      expect(blindMs).toEqual(expect.arrayContaining([7000, 8000, 12_000, 13_000, 14_000, 15_000]))
      expect(
        blindMs.filter(
          (ms) => (ms > 1000 && ms < 6000) || (ms > 9500 && ms < 11_000) || (ms > 17_000 && ms < 27_000),
        ),
      ).toEqual([])
      // Without the socket the new replica cannot be told to the proxy; it is not thrown away for that.
      expect(readyAt(record, 15_500)).toBe(2)
      expect(readyAt(record, 20_500)).toBe(3)
      expect(record.replicas.filter(({ state }) => state === 'failed')).toHaveLength(1)
      expectWithin(rateAt(record, 5000), 4, 18)
      expectWithin(rateAt(record, 33_000), 4, 18)
      // Only the proxy's death costs requests: what was open, and what came while it was away.
      expect(notAnswered(record).filter((atMs) => atMs < 25_000 || atMs > 31_500)).toEqual([])
    },
  },
  {
    name: 'the container engine dies, stands still and answers errors',
    ...STEADY,
    rates: steadyFor(35),
    faults: [
      'kill:0@3s',
      'engine-kill@3600ms',
      'engine-slow@10s+5s',
      'kill:0@11s',
      'engine-errors@21s+5s',
      'kill:0@22s',
    ],
    expectations(record) {
      expect([9500, 20_500, 34_500].map((atMs) => readyAt(record, atMs))).toEqual([3, 3, 3])
      // Nobody can be asked: the dead are found when it answers again.
      const deaths = record.replicas
        .filter(({ note }) => note === 'killed (signal 9)')
        .map(({ atMs }) => atMs)
      expect(deaths).toHaveLength(3)
      expectWithin(deaths[0], 3000, 6500)
      expectWithin(deaths[1], 15_000, 18_500)
      expectWithin(deaths[2], 26_000, 29_500)
      expect(notAnswered(record)).toEqual([])
    },
  },
  {
    name: 'an application that never answers is given up',
    long: true,
    ...STEADY,
    rates: steadyFor(50),
    faults: ['start-hangs@2s+3s', 'kill:0@3s'],
    expectations(record) {
      const failed = record.replicas.filter(({ state }) => state === 'failed')
      expect(failed).toHaveLength(2)
      expectWithin(failed[1]!.atMs, 32_000, 37_500)
      expect(readyAt(record, 48_000)).toBe(3)
      expect(notAnswered(record)).toEqual([])
    },
  },
  {
    name: 'the policy holds while it is blind for 30 s, and catches up',
    long: true,
    policy: 'pid',
    rates: [
      [0, 4],
      [5, 4],
      [5, 20],
      [50, 20],
    ],
    faults: ['metrics-lost@4s+30s'],
    expectations(record) {
      const blind = record.ticks.filter(({ observation: { nowMs } }) => nowMs > 4500 && nowMs < 33_500)
      expect(blind.length).toBeGreaterThan(25)
      for (const { decision } of blind) expect(decision.kind).toBe('hold')
      expect(readyAt(record, 33_500)).toBe(1)
      expect(readyAt(record, 49_000)).toBeGreaterThanOrEqual(3)
    },
  },
  {
    name: 'nonsense for 30 s moves nothing either',
    long: true,
    policy: 'pid',
    rates: [
      [0, 4],
      [40, 4],
    ],
    faults: ['metrics-absurd@4s+30s'],
    expectations(record) {
      const during = record.ticks.filter(({ observation: { nowMs } }) => nowMs > 4500 && nowMs < 33_500)
      expect(new Set(during.map(({ target }) => target)).size).toBe(1)
      expect(notAnswered(record)).toEqual([])
    },
  },
]

/** What the record tells of the faults of a kind, in the order of their time: `begun w2`. */
function told(record: RunRecord, kind: string): string[] {
  const of = ({ fault }: FaultRow) => fault.startsWith(kind)
  return (record.faults ?? []).filter(of).map(({ state, note }) => [state, note].filter(Boolean).join(' '))
}

/** Intended times of the requests that were not answered well, ms. */
function notAnswered({ requests }: RunRecord): number[] {
  return Array.from(requests.intendedMs).filter((_, i) => requests.outcome[i] !== 'ok')
}

/** NaN where the policy does not know it. */
const rateAt = ({ ticks }: RunRecord, atMs: number): number =>
  ticks.find(({ observation }) => observation.nowMs === atMs)!.observation.arrivalsPerS ?? Number.NaN
