import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  averageReplicas,
  averageValueReplicas,
  groupPods,
  type Pod,
  type Tolerances,
  utilisationReplicas,
  valueReplicas,
} from './replicas.ts'

const NOW_MS = 1_000_000
const MINUTE_MS = 60_000
const TENTH = { down: 0.1, up: 0.1 }
/** Of the original's tests: 2 min and 10 s, where the controller has 5 min and 30 s. */
const CPU = { nowMs: NOW_MS, initialisationMs: 2 * MINUTE_MS, readinessDelayMs: 10_000 }

/** Ready for three minutes, with that usage of a request of one core; null has no sample. */
function pod(usage: number | null, different: Partial<Pod> = {}): Pod {
  return {
    phase: 'running',
    terminating: false,
    request: 1000,
    sample: usage === null ? null : { usage, takenMs: NOW_MS, windowMs: MINUTE_MS },
    startedMs: NOW_MS - 3 * MINUTE_MS,
    readiness: { ready: true, sinceMs: NOW_MS - 3 * MINUTE_MS },
    ...different,
  }
}

/** Started just now and not ready yet. */
const young = (usage: number | null) =>
  pod(usage, { startedMs: NOW_MS, readiness: { ready: false, sinceMs: NOW_MS } })
const pods = (count: number, usage: number) => Array.from({ length: count }, () => pod(usage))
const withRequests = (usages: number[], requests: number[]) =>
  usages.map((usage, i) => pod(usage, { request: requests[i]! }))

function utilisation(
  given: Pod[],
  current: number,
  targetPercent: number,
  tolerances: Tolerances = TENTH,
): number | null {
  const proposal = utilisationReplicas(given, { current, targetPercent, tolerances, cpu: CPU })
  return proposal?.replicas ?? null
}

describe('target of utilisation', () => {
  it.each<[string, Pod[], number, number, number]>([
    ['4 pods at 90 %, target 50', pods(4, 900), 4, 50, 8],
    ['54 %: ratio 1.08 is within the tolerance', pods(4, 540), 4, 50, 4],
    ['55 %: the edge belongs to the tolerance', pods(4, 550), 4, 50, 4],
    ['56 %: ratio 1.12', pods(4, 560), 4, 50, 5],
    ['55.9 % is 55 % in whole numbers', pods(4, 559), 4, 50, 4],
    ['one pod at 500 %', pods(1, 5000), 1, 50, 10],
    ['more replicas asked for than ready: R counts, not n', pods(2, 900), 5, 50, 4],
    [
      'rows of the original: 102 % of mixed requests',
      withRequests([1010, 1030, 1020], [900, 1000, 1100]),
      3,
      100,
      3,
    ],
    [
      'missing pods count as all of their request on the way down',
      [pod(400), pod(95), pod(null), pod(null)],
      4,
      100,
      3,
    ],
    ['metric at its target, one missing', [pod(1000), pod(null)], 2, 100, 2],
    [
      'up, but the missing one at 0 brings it back to within the tolerance',
      [pod(1900), pod(null)],
      2,
      100,
      2,
    ],
    ['down, but the missing one would turn it around', [pod(600), pod(null)], 2, 100, 2],
    ['an unready pod without a sample is missing too', [young(100), pod(450), pod(null)], 3, 50, 3],
    ['up with a missing and an unready pod, both at 0', [young(100), pod(2000), pod(null)], 3, 50, 4],
    [
      'down: the unready one is left out, the missing one full',
      [young(100), pod(100), pod(100), pod(null)],
      4,
      50,
      3,
    ],
    [
      'target above 100 %: a missing pod counts as at the target',
      [young(200), pod(100), pod(100, { request: 2000 }), pod(null, { request: 2000 })],
      4,
      300,
      2,
    ],
    ['a surge pod without a sample does not turn down into up', [pod(100), pod(100), pod(null)], 2, 50, 2],
    [
      'starting pods damp a step out: 2 ready at 100 % and 2 pending',
      [...pods(2, 1000), pod(null, { phase: 'pending' }), pod(null, { phase: 'pending' })],
      4,
      50,
      4,
    ],
    ['terminating pods do not count at all', [...pods(2, 900), pod(0, { terminating: true })], 2, 50, 4],
  ])('%s', (_name, given, current, target, expected) => {
    expect(utilisation(given, current, target)).toBe(expected)
  })

  it.each<[string, number[], Tolerances, number]>([
    ['0 %: 101 % is outside', [909, 1010, 1111], { down: 0, up: 0 }, 4],
    ['200 % up', [1890, 1910, 1900], { down: 0.1, up: 2 }, 3],
    ['8 % up; that down does not matter', [1100, 1080, 1090], { down: 2, up: 0.08 }, 4],
    ['36 % down', [660, 640, 650], { down: 0.36, up: 0.1 }, 3],
    ['34 % down', [660, 640, 650], { down: 0.34, up: 0.1 }, 2],
  ])('tolerance %s', (_name, usages, tolerances, expected) => {
    expect(utilisation(withRequests(usages, [900, 1000, 1100]), 3, 100, tolerances)).toBe(expected)
  })

  it('proposes nothing without a sample that counts, or without requests', () => {
    expect(utilisation([], 2, 50)).toBeNull()
    expect(utilisation([pod(null), young(500), pod(900, { phase: 'ended' })], 2, 50)).toBeNull()
    expect(utilisation([pod(900, { request: 0 })], 2, 50)).toBeNull()
  })

  it('never turns around: pods without a sample only damp what the others propose', () => {
    const count = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(
        fc.array(fc.nat(2000), { minLength: 1, maxLength: 8 }),
        count,
        count,
        fc.integer({ min: 1, max: 20 }),
        (usages, missing, pending, current) => {
          const all = [
            ...usages.map((usage) => pod(usage)),
            ...Array.from({ length: missing }, () => pod(null)),
            ...Array.from({ length: pending }, () => pod(null, { phase: 'pending' })),
          ]
          const { ratio, replicas } = utilisationReplicas(all, {
            current,
            targetPercent: 50,
            tolerances: TENTH,
            cpu: CPU,
          })!
          if (missing > 0 && ratio <= 1) expect(replicas).toBeLessThanOrEqual(current)
          if ((missing > 0 || pending > 0) && ratio >= 1) expect(replicas).toBeGreaterThanOrEqual(current)
        },
      ),
    )
  })
})

describe('groups of pods', () => {
  it.each<[string, Pod, string]>([
    ['ready for a while', pod(500), 'ready'],
    [
      'young, ready, a whole window since then',
      pod(500, { startedMs: NOW_MS, readiness: { ready: true, sinceMs: NOW_MS - MINUTE_MS } }),
      'ready',
    ],
    [
      'young, ready, less than a window',
      pod(500, { startedMs: NOW_MS, readiness: { ready: true, sinceMs: NOW_MS - MINUTE_MS + 1 } }),
      'unready',
    ],
    ['young, not ready', young(500), 'unready'],
    [
      'old, never ready',
      pod(500, { readiness: { ready: false, sinceMs: NOW_MS - 3 * MINUTE_MS + 9999 } }),
      'unready',
    ],
    [
      'old, was ready, is no longer',
      pod(500, { readiness: { ready: false, sinceMs: NOW_MS - 1000 } }),
      'ready',
    ],
    ['without a Ready condition', pod(500, { readiness: null }), 'unready'],
    ['not started', pod(500, { startedMs: null }), 'unready'],
    ['pending', pod(null, { phase: 'pending' }), 'unready'],
    ['no sample', pod(null), 'missing'],
    ['terminating', pod(500, { terminating: true }), 'ignored'],
    ['ended', pod(500, { phase: 'ended' }), 'ignored'],
  ])('CPU: %s', (_name, given, group) => {
    const found = Object.entries(groupPods([given], CPU)).filter(([, members]) => members.length > 0)
    expect(found.map(([name]) => name)).toEqual([group])
  })

  it('other resources: whoever runs and has a sample is ready', () => {
    expect(groupPods([young(500)], null).ready).toHaveLength(1)
  })
})

it.each<[string, Pod[], number, number | null]>([
  ['average in whole milli-units: 2199 / 2 = 1099 is within', [pod(1100), pod(1099)], 2, 2],
  ['ratio 2', pods(3, 2000), 3, 6],
  ['a missing pod counts as exactly at the target on the way down', [pod(200), pod(null)], 2, 2],
  ['and as 0 on the way up: 3600 / 2', [pod(3600), pod(null)], 2, 4],
  ['no samples', [pod(null)], 1, null],
])('target of usage a pod, 1000: %s', (_name, given, current, expected) => {
  const proposal = averageReplicas(given, { current, target: 1000, tolerances: TENTH, cpu: null })
  expect(proposal?.replicas ?? null).toBe(expected)
})

it.each<[string, { usage: number; target: number; current: number; ready: number }, number]>([
  ['only ready pods count', { usage: 8600, target: 4400, current: 3, ready: 1 }, 2],
  ['down', { usage: 8600, target: 14_334, current: 5, ready: 5 }, 3],
  ['within the tolerance', { usage: 8600, target: 8888, current: 3, ready: 3 }, 3],
  ['from no replicas', { usage: 8600, target: 4400, current: 0, ready: 0 }, 2],
])('Value: %s', (_name, given, expected) => {
  expect(valueReplicas({ ...given, tolerances: TENTH }).replicas).toBe(expected)
})

it('Value: a tolerance of 1 % up', () => {
  const given = { usage: 8900, target: 8800, current: 3, ready: 3 }
  expect(valueReplicas({ ...given, tolerances: { down: 0.1, up: 0.01 } }).replicas).toBe(4)
})

it.each<[string, number, number, number]>([
  ['35 requests at 10 a replica', 35_000, 2, 4],
  ['21 for 2 replicas is within the tolerance', 21_000, 2, 2],
  ['23 is not', 23_000, 2, 3],
  ['nothing', 0, 2, 0],
  ['ready pods do not matter, and neither do none', 35_000, 0, 4],
])('AverageValue of 10: %s', (_name, usage, current, expected) => {
  expect(averageValueReplicas({ usage, target: 10_000, current, tolerances: TENTH }).replicas).toBe(expected)
})
