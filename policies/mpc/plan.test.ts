import { describe, expect, it } from 'vitest'
import { operationsOf, type PlanProblem, planReplicas } from './plan.ts'

/** Every request that comes while more wait than the fleet serves in a step is late. */
const lateIfWaiting =
  (served: number, bucket: number): PlanProblem['late'] =>
  (step, ready, level) =>
    ready === 0 ? 6 : Math.min(6, (level * bucket) / (served * ready)) + 0.3 * (step % 2)

/** All numbers are whole buckets, so that nothing is interpolated. */
function problem(different: Partial<PlanProblem> = {}): PlanProblem {
  return {
    arrivals: [4, 10, 10, 2],
    served: 4,
    lag: 1,
    replicas: { min: 1, max: 3 },
    start: { ready: 1, asked: 1, backlog: 0 },
    bucket: 2,
    buckets: 16,
    late: lateIfWaiting(4, 2),
    leftOverCost: 1,
    replicaCost: 1,
    startCost: 0.5,
    stopCost: 0.25,
    ...different,
  }
}

describe('the plan', () => {
  const cases: [string, Partial<PlanProblem>][] = [
    ['as it is', {}],
    ['replicas are dear', { replicaCost: 5 }],
    ['replicas are cheap', { replicaCost: 0.05 }],
    ['moving is dear', { startCost: 4, stopCost: 4 }],
    ['a backlog', { start: { ready: 2, asked: 2, backlog: 14 } }],
    ['none ready', { start: { ready: 0, asked: 2, backlog: 6 } }],
    ['two are starting', { start: { ready: 1, asked: 3, backlog: 4 } }],
    ['a longer trace', { arrivals: [2, 2, 8, 12, 12, 4, 0] }],
  ]
  for (const lag of [0, 1, 2] as const)
    it.each(cases)(`with a lag of ${lag} costs what the best of all sequences costs: %s`, (_, different) => {
      const given = problem({ lag, ...different })
      const { asked, cost } = planReplicas(given)
      const best = Math.min(...allSequences(given).map((sequence) => costOfSequence(given, sequence)))
      expect(cost).toBeCloseTo(best, 9)
      expect(costOfSequence(given, asked)).toBeCloseTo(best, 9)
    })

  it.each([
    { lag: 0, expected: [1, 1, 1, 3, 3, 1] },
    { lag: 1, expected: [1, 1, 3, 3, 3, 1] },
    { lag: 2, expected: [1, 3, 3, 3, 3, 1] },
  ] as const)(
    'starts replicas $lag steps before they are needed, and stops them when they no longer are',
    (row) => {
      const arrivals = [0, 0, 0, 12, 12, 0]
      const late: PlanProblem['late'] = (step, ready) => 2 * Math.max(0, arrivals[step]! - 4 * ready)
      const { asked } = planReplicas(problem({ arrivals, late, lag: row.lag, replicaCost: 0.5 }))
      expect(asked).toEqual(row.expected)
    },
  )

  it('between two levels of backlog the value lies between theirs', () => {
    const at = (backlog: number) => planReplicas(problem({ start: { ready: 1, asked: 1, backlog } })).cost
    expect(at(5)).toBeGreaterThan(at(4))
    expect(at(5)).toBeLessThan(at(6))
  })

  it('does as many operations as are announced', () => {
    for (const lag of [0, 1, 2] as const) {
      const given = problem({ lag })
      let asked = 0
      const late: PlanProblem['late'] = () => {
        asked++
        return 0
      }
      planReplicas({ ...given, late })
      const onThePath = given.arrivals.length * 4
      expect(asked - onThePath).toBe(operationsOf(given))
    }
  })
})

function allSequences({ arrivals, replicas }: PlanProblem): number[][] {
  let sequences: number[][] = [[]]
  for (let step = 0; step < arrivals.length; step++) {
    sequences = sequences.flatMap((begun) => {
      const longer = []
      for (let m = replicas.min; m <= replicas.max; m++) longer.push([...begun, m])
      return longer
    })
  }
  return sequences
}

/** The fleet replica by replica: when each becomes ready. */
function costOfSequence(given: PlanProblem, sequence: readonly number[]): number {
  const { start, lag } = given
  const starting = Array.from({ length: start.asked - start.ready }, () => Math.min(1, lag))
  let readyAt = [...new Array(start.ready).fill(0), ...starting] as number[]
  let backlog = start.backlog
  let cost = 0
  sequence.forEach((decision, step) => {
    const change = decision - readyAt.length
    cost += change > 0 ? given.startCost * change : -given.stopCost * change
    if (change < 0) readyAt = readyAt.sort((a, b) => a - b).slice(0, decision)
    for (let i = 0; i < change; i++) readyAt.push(step + lag)
    const ready = readyAt.filter((at) => at <= step).length
    cost += given.late(step, ready, backlog / given.bucket) + given.replicaCost * decision
    backlog = Math.max(0, backlog + given.arrivals[step]! - given.served * ready)
  })
  return cost + given.leftOverCost * backlog
}
