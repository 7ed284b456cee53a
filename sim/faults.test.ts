import { describe, expect, it } from 'vitest'
import type { Observation } from '../policies/policy.ts'
import { FAULTS, type FaultKind, parseFault } from '../record/faults.ts'
import { autoscaled, constantLoad, handModel } from '../test/support.ts'
import { played, START_MS } from './faults.case.ts'
import { rolloutFor } from './rollout.ts'
import { simulate } from './run.ts'

const kinds = Object.keys(FAULTS) as FaultKind[]
const lasting = kinds.filter((kind) => FAULTS[kind].lasts && FAULTS[kind].side === 'both')

describe('a run ends, however long its faults last', () => {
  it.each(lasting)('%s', (kind) => {
    const { faults, endMs, live, requests, livesOf } = played({
      faults: [`${kind}@2s+10h`],
      arrivals: [1950, 2050, 3000, 19_950],
      replicas: 2,
      service: { clientTimeoutMs: 2000, health: null },
      // w3 becomes ready, w2 and it are taken back, and another is asked for when the trace is all but over.
      wishes: [
        { atMs: 3500, to: 3 },
        { atMs: 9000, to: 1 },
        { atMs: 19_900, to: 2 },
      ],
    })
    expect(faults.map(([, state]) => state)).toEqual(['begun', 'over'])
    expect(faults[1]![0]).toBeGreaterThanOrEqual(20_000)
    // Of what goes on after the trace the longest is a start that hangs.
    expect(endMs).toBeLessThan(20_000 + START_MS + 31_000)
    expect(live).toBe(0)
    expect(requests.doneMs.every((ms) => ms <= 22_000)).toBe(true)
    expect(livesOf('w2').at(-1)![1]).toBe('stopped')
  })

  it.each(['start-fails', 'start-hangs', 'proxy-socket'])(
    '%s: starts of which one is always under way do not keep the run alive',
    (kind) => {
      const wishes = [
        { atMs: 5000, to: 2 },
        { atMs: 6100, to: 3 },
      ]
      const { endMs, faults } = played({ faults: [`${kind}@2s+10h`], wishes })
      expect(endMs).toBeLessThan(20_000 + START_MS + 31_000)
      expect(faults.map(([, state]) => state)).toEqual(['begun', 'over'])
    },
  )

  it('what comes after the trace comes only where something is still going on', () => {
    const { faults, endMs } = played({ faults: ['kill@10h', 'metrics-lost@9h+2h'] })
    expect([faults, endMs]).toEqual([[], 20_000])
    const late = { faults: ['hang@20050ms+30ms'], arrivals: [19_990] }
    expect(played(late).faults).toEqual([
      [20_050, 'begun', 'w1'],
      [20_080, 'over', 'w1'],
    ])
  })

  it('mends what is broken only when no client waits any more', () => {
    const { doneMs, faults } = played({
      faults: ['hang@19950ms+10h'],
      arrivals: [19_900],
      service: { clientTimeoutMs: 5000 },
    })
    expect(doneMs).toEqual([24_900])
    expect(faults[1]).toEqual([24_900, 'over', 'w1'])
  })
})

it('the simulator has what is said to be on both sides, and says of the rest that it cannot be', () => {
  for (const kind of kinds) {
    const { faults } = played({ faults: [`${kind}@1s${FAULTS[kind].lasts ? '+1s' : ''}`] })
    expect([kind, faults[0]![1]]).toEqual([kind, FAULTS[kind].side === 'both' ? 'begun' : 'impossible'])
  }
})

it('policies do not believe absurd counters', () => {
  const trace = constantLoad(20, 20_000)
  const model = handModel({ family: 'deterministic', value: 100 }, START_MS)
  const faults = [parseFault('metrics-absurd@5s+10s')]
  const { ticks } = simulate({ ...autoscaled({ trace, model, policy: 'pid' }), faults })
  const seen = ticks.map(({ observation }) => observation)
  const inSpan = ({ nowMs }: Observation) => nowMs >= 5000 && nowMs < 15_000
  for (const { arrivalsPerS, queued } of seen.filter(inSpan))
    expect([arrivalsPerS, queued]).toEqual([null, null])
  for (const { arrivalsPerS } of seen.filter((row) => !inSpan(row) && row.nowMs > 1000))
    expect(arrivalsPerS).toBeLessThan(40)
})

it('a policy that asks the simulator does not foresee the faults of its run', () => {
  const trace = constantLoad(20, 20_000)
  const model = handModel({ family: 'deterministic', value: 100 }, START_MS)
  const run = autoscaled({ trace, model, policy: 'lookahead' })
  const question = {
    seed: 1,
    paths: 3,
    horizonMs: 6000,
    arrivalsPerS: [20],
    replicas: { ready: 2, starting: 0, draining: 0, standby: 0 },
    backlog: 0,
    targets: [2, 4],
    sloMs: 500,
  }
  const faults = [parseFault('hang@0s+6s'), parseFault('start-fails@0s+6s')]
  expect(rolloutFor({ ...run, ...{ faults } })!(question)).toEqual(rolloutFor(run)!(question))
})
