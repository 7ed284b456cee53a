import { describe, expect, it } from 'vitest'
import { METRICS, type Metrics } from '../../analysis/metrics.ts'
import { normal, stream } from '../../base/random.ts'
import type { Policy } from '../../policies/policy.ts'
import { threshold } from '../../policies/threshold.ts'
import { isClearlyWorse } from './clearlyWorse.ts'
import type { Goal } from './objective.ts'
import { race } from './race.ts'
import type { Executor } from './task.ts'
import { tune } from './tune.ts'

const GOAL: Goal = { allowed: 0.05, probability: 0.9, robust: 'worst' }
const NOTHING = Object.fromEntries(METRICS.map((name) => [name, 0])) as Metrics

/** Ten seeds on one scenario: costs 100 each with a wobble that all share, and a share of violations in each. */
const runs = (cost: number, shares: number | readonly number[]) =>
  Array.from({ length: 10 }, (_, k) => ({
    ...NOTHING,
    replicaSeconds: 100 * cost + (k % 3) + 0.1 * ((k * cost * 7) % 5),
    violationShare: typeof shares === 'number' ? shares + 0.001 * (k % 2) : shares[k]!,
  }))
const TEST = { goal: GOAL, referenceCost: [100], keepsForSure: true, confidence: 0.99 }
const ofTen = (exceeding: number) => Array.from({ length: 10 }, (_, k) => (k < exceeding ? 0.06 : 0.01))

describe('clearly worse', () => {
  it.each([
    { name: 'dearer than one that keeps the promise', one: [2, 0.01], leader: [1, 0.02], is: true },
    { name: 'as dear', one: [1, 0.01], leader: [1, 0.01], is: false },
    { name: 'cheaper', one: [0.5, 0.01], leader: [1, 0.01], is: false },
    { name: 'cheaper, and breaks the promise', one: [0.5, 0.07], leader: [1, 0.01], is: true },
  ] as const)('$name: $is', ({ one, leader, is }) => {
    expect(isClearlyWorse([runs(one[0], one[1])], [runs(leader[0], leader[1])], TEST)).toBe(is)
  })

  it('a dearer one that keeps the promise stays in the race with one that breaks it', () => {
    const test = { ...TEST, keepsForSure: false }
    expect(isClearlyWorse([runs(1.5, 0.01)], [runs(1, 0.06)], test)).toBe(false)
    expect(isClearlyWorse([runs(1.5, 0.06)], [runs(1, 0.01)], test)).toBe(true)
  })

  it('of ten runs, each beyond with 10 %, four or fewer prove nothing, five do: P(X >= 5) = 0.0016, P(X >= 4) = 0.0128', () => {
    const leader = [runs(1, 0.01)]
    expect(isClearlyWorse([runs(0.5, ofTen(4))], leader, TEST)).toBe(false)
    expect(isClearlyWorse([runs(0.5, ofTen(5))], leader, TEST)).toBe(true)
  })

  it('with several scenarios, by those that count: the worst, or the mean', () => {
    const one = [runs(1, 0.01), runs(3, 0.01)]
    const leader = [runs(2.5, 0.01), runs(2.5, 0.01)]
    const test = { ...TEST, referenceCost: [100, 100] }
    expect(isClearlyWorse(one, leader, test)).toBe(true)
    expect(isClearlyWorse(one, leader, { ...test, goal: { ...GOAL, robust: 'mean' } })).toBe(false)
  })
})

/** Cost x, and just too many violations (6 % where 5 % are allowed) below x = 4: what breaks the promise is far cheaper. */
const tempting: Executor = {
  run: async (tasks) =>
    tasks.map(({ parameters, seed }) => {
      const noise = normal(stream(seed, 'noise'))
      const x = parameters.x!
      return {
        ...NOTHING,
        replicaSeconds: 100 * x + 5 * noise,
        violationShare: Math.max(0, (x < 4 ? 0.06 : 0.01) + 0.002 * noise),
      }
    }),
  close: async () => {},
}

describe('where a cheap candidate just breaks the promise', () => {
  it('the search ends with the cheapest that keeps it, with each of five seeds', async () => {
    const spec = { description: '', unit: '1', min: 0, max: 10, default: 9, scale: 'linear' } as const
    const policy = { ...(threshold as Policy), parameters: { x: spec } }
    for (let seed = 1; seed <= 5; seed++) {
      const { best, evaluations } = await tune({
        policy,
        base: { x: 9 },
        executor: tempting,
        scenarios: 1,
        goal: GOAL,
        seeds: 20,
        seed,
        method: 'cmaes',
        evaluations: 100,
      })
      expect(best.score.excess).toBe(0)
      expect(best.parameters.x).toBeGreaterThanOrEqual(4)
      expect(best.parameters.x).toBeLessThan(4.3)
      expect(evaluations).toBe(100)
    }
  })

  it('the true best, x = 4, is dropped in none of 100 races', async () => {
    const candidates = [0, 1, 2, 3, 4, 5, 6, 8].map((x) => ({ x }))
    for (let seed = 1; seed <= 100; seed++) {
      const seeds = Array.from({ length: 20 }, (_, k) => 1000 * seed + k)
      const setup = { executor: tempting, scenarios: 1, seeds, goal: GOAL, referenceCost: [900] }
      const raced = await race(candidates, setup)
      expect(raced[4]!.isFull).toBe(true)
    }
  })
})
