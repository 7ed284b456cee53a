import { describe, expect, it } from 'vitest'
import { DEFAULT_CONTROL, DEFAULT_SERVICE } from '../control/service.ts'
import { parametersOf, policyByName } from '../policies/parameters.ts'
import { type Fault, parseFault } from '../record/faults.ts'
import { brokenLaws } from '../record/laws.ts'
import type { ControlSettings, RunRecord, ServiceSettings } from '../record/schema.ts'
import { replay } from '../sim/replay.ts'
import { generateArrivals } from '../traces/arrivals.ts'
import type { RatePoint, Trace } from '../traces/trace.ts'
import { outcomes, readyAt, slowest } from './views.ts'

/**
 * The same scenarios on both sides: what must happen, whoever makes it happen. twin.sim.test.ts runs them in
 * the simulator, twin.live.test.ts on Podman and HAProxy; every expectation below holds for both.
 */
export interface TwinRun {
  trace: Trace
  policy: string
  set: string[]
  control: ControlSettings
  service: ServiceSettings
  faults: readonly Fault[]
  seed: number
}

export type Arm = (run: TwinRun) => Promise<RunRecord>

export interface Scenario {
  name: string
  /** Seconds and requests/s. */
  rates: [number, number][]
  policy: string
  set?: string[]
  control?: Partial<ControlSettings>
  faults?: readonly Fault[]
  expectations: (record: RunRecord) => void
}

const SCENARIOS: Scenario[] = [
  {
    name: 'scale up on load',
    rates: [
      [0, 4],
      [4, 4],
      [4, 24],
      [16, 24],
    ],
    policy: 'pid',
    expectations(record) {
      expect(readyAt(record, 4000)).toBe(1)
      expect(readyAt(record, 13_000)).toBeGreaterThanOrEqual(3)
      // With capacity for the load the queue is worked off before the end.
      expect(slowest(record, 14_000, 16_000)).toBeLessThan(1500)
      expect(outcomes(record)).toEqual(['ok'])
    },
  },
  {
    name: 'scale in without losing a request',
    rates: [
      [0, 20],
      [4, 20],
      [4, 4],
      [16, 4],
    ],
    policy: 'pid',
    set: ['scaleInDelayMs=2000', 'tiMs=1000'],
    control: { initialReplicas: 4 },
    expectations(record) {
      expect(readyAt(record, 3000)).toBeGreaterThanOrEqual(3)
      expect(readyAt(record, 16_000)).toBeLessThanOrEqual(2)
      expect(record.replicas.filter(({ state }) => state === 'stopped').length).toBeGreaterThanOrEqual(2)
      expect(outcomes(record)).toEqual(['ok'])
    },
  },
  {
    name: 'dead replica',
    rates: [
      [0, 12],
      [14, 12],
    ],
    policy: 'static',
    set: ['replicas=3'],
    control: { initialReplicas: 3 },
    faults: [parseFault('kill@4s')],
    expectations(record) {
      const failed = record.replicas.filter(({ state }) => state === 'failed')
      expect(failed.map(({ replica, note }) => [replica, note])).toEqual([['w1', 'killed (signal 9)']])
      expect(failed[0]!.atMs).toBeLessThan(6500)
      expect(readyAt(record, failed[0]!.atMs + 10)).toBe(2)
      expect(readyAt(record, 12_000)).toBe(3)
      // Those at the dead replica are tried again elsewhere.
      expect(outcomes(record)).toEqual(['ok'])
    },
  },
  {
    name: 'burst',
    rates: [
      [0, 3],
      [3, 3],
      [3, 60],
      [4, 60],
      [4, 3],
      [12, 3],
    ],
    policy: 'static',
    set: ['replicas=2'],
    control: { initialReplicas: 2 },
    expectations(record) {
      // Some 60 requests on two replicas that serve 9.5/s each: the last waits some 2 s. The sum of 30 draws of the
      // work has a standard deviation of 0.3 s, so the lower bound is three of them away.
      const longest = Math.max(...record.requests.queueWaitMs)
      expect(longest).toBeGreaterThan(1000)
      expect(longest).toBeLessThan(5000)
      expect(outcomes(record)).toEqual(['ok'])
      expect(servedInOrder(record)).toEqual([])
    },
  },
  {
    name: 'missing metrics',
    rates: [
      [0, 4],
      [4, 4],
      [4, 20],
      [16, 20],
    ],
    policy: 'pid',
    faults: [parseFault('metrics-lost@3500ms+5s')],
    expectations(record) {
      const blind = record.ticks.filter(
        ({ observation }) => observation.nowMs > 3600 && observation.nowMs < 8400,
      )
      expect(blind.length).toBeGreaterThanOrEqual(4)
      for (const { observation, decision } of blind) {
        expect(observation).toMatchObject({ arrivalsPerS: null, queued: null, utilisation: null })
        expect(decision).toEqual({ kind: 'hold', reason: 'load or service time unknown' })
      }
      expect(blind.at(-1)!.observation.ageMs.proxy).toBeGreaterThan(3500)
      expect(readyAt(record, 8400)).toBe(1)
      expect(readyAt(record, 16_000)).toBeGreaterThanOrEqual(3)
    },
  },
  {
    name: 'restart of the proxy',
    rates: [
      [0, 12],
      [14, 12],
    ],
    policy: 'static',
    set: ['replicas=2'],
    control: { initialReplicas: 2 },
    faults: [parseFault('proxy-kill@4s')],
    expectations(record) {
      const { requests } = record
      const lost = requests.outcome
        .map((outcome, i) => [outcome, requests.intendedMs[i]!] as const)
        .filter(([outcome]) => outcome !== 'ok')
      // What was open when it died, and what came while it was away: for at most a few seconds.
      expect(lost.length).toBeGreaterThan(0)
      for (const [, intendedMs] of lost) {
        expect(intendedMs).toBeGreaterThan(2500)
        expect(intendedMs).toBeLessThan(9000)
      }
      expect(slowest(record, 10_000, 14_000)).toBeLessThan(2000)
      // Its counters began again at 0; the rate that the policy sees is right all the same.
      const last = record.ticks.at(-1)!.observation
      expect(last.arrivalsPerS).toBeGreaterThan(5)
      expect(last.arrivalsPerS).toBeLessThan(22)
    },
  },
]

/** Defines the tests of one arm. */
export function describeTwin(arm: string, run: Arm): void {
  describe(`twin scenarios, ${arm}`, () => {
    it.each(SCENARIOS)('$name', async (scenario) => {
      const twin = twinRun(scenario)
      const record = await run(twin)
      scenario.expectations(record)
      const lost = scenario.faults?.some(({ kind }) => kind === 'proxy-kill')
      expect(brokenLaws(record, generateArrivals(twin.trace, twin.seed).atMs.length)).toEqual([])
      expect(replay(record, policyByName(twin.policy))).toEqual([])
      if (!lost) expect(record.requests.outcome).not.toContain('unanswered')
    })
  })
}

export function twinRun({
  name,
  rates,
  policy,
  set = [],
  control = {},
  faults = [],
}: Omit<Scenario, 'expectations'>): TwinRun {
  const points: RatePoint[] = rates.map(([atS, ratePerS]) => ({ atMs: 1000 * atS, ratePerS }))
  return {
    trace: {
      name,
      description: '',
      load: { kind: 'rate', points },
      process: 'poisson',
      mix: { read: 0.85, write: 0.15 },
      durationMs: points.at(-1)!.atMs,
    },
    policy,
    set,
    control: { ...DEFAULT_CONTROL, knowledge: { serviceMsMean: 105, startupMsMean: 1500 }, ...control },
    service: DEFAULT_SERVICE,
    faults,
    seed: 11,
  }
}

export const parametersFor = (run: TwinRun) => parametersOf(policyByName(run.policy), run.set)

/** Requests that waited and were overtaken by one that came at least 20 ms later: one queue serves in order. */
function servedInOrder({ requests }: RunRecord): string[] {
  const start = Array.from(requests.sentMs, (sent, i) => sent + requests.queueWaitMs[i]!)
  return start.flatMap((at, i) => {
    const overtaking = start.findIndex(
      (other, j) => j > i && requests.sentMs[j]! > requests.sentMs[i]! + 20 && other < at - 20,
    )
    return overtaking < 0 ? [] : [`request ${i} was overtaken by ${overtaking}`]
  })
}
