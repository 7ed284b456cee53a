import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { METRICS, type Metrics } from '../../analysis/metrics.ts'
import { parseSla } from '../../analysis/sla.ts'
import { normal, stream } from '../../base/random.ts'
import type { Policy } from '../../policies/policy.ts'
import { threshold } from '../../policies/threshold.ts'
import { autoscaled, constantLoad, handModel } from '../../test/support.ts'
import { Farm } from '../farm.ts'
import { InlineExecutor } from './inline.ts'
import { JournalExecutor } from './journal.ts'
import { type Goal, paretoFront, penalised, scoreOf } from './objective.ts'
import { race } from './race.ts'
import { type Executor, scenarioOf, type Task } from './task.ts'
import { type TuneOptions, tune } from './tune.ts'

vi.setConfig({ testTimeout: 60_000 })
const folder = mkdtempSync(join(tmpdir(), 'scaletwin-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const GOAL: Goal = { allowed: 0.05, probability: 0.9, robust: 'mean' }
const NOTHING = Object.fromEntries(METRICS.map((name) => [name, 0])) as Metrics
const runOf = (replicaSeconds: number, violationShare: number): Metrics => ({
  ...NOTHING,
  replicaSeconds,
  violationShare,
})

/** A service by formula: cost and violations of a policy with one parameter x, with noise that the seed alone decides. */
class Planted implements Executor {
  runs = 0
  readonly #cost: (x: number) => number
  readonly #share: (x: number) => number
  constructor(cost: (x: number) => number, share: (x: number) => number) {
    this.#cost = cost
    this.#share = share
  }
  async run(tasks: readonly Task[]): Promise<Metrics[]> {
    this.runs += tasks.length
    return tasks.map(({ parameters, seed }) => {
      const noise = normal(stream(seed, 'noise'))
      const { x } = parameters as { x: number }
      return runOf(100 * this.#cost(x) + 5 * noise, Math.max(0, this.#share(x) + 0.002 * noise))
    })
  }
  async close(): Promise<void> {}
}

const line: Policy = {
  ...(threshold as Policy),
  parameters: { x: { description: 'planted', unit: '1', min: 0, max: 10, default: 9, scale: 'linear' } },
}
const options = (executor: Executor): TuneOptions => ({
  policy: line,
  base: { x: 9 },
  executor,
  scenarios: 1,
  goal: GOAL,
  seeds: 20,
  seed: 1,
  method: 'cmaes',
  evaluations: 120,
})

describe('a planted best', () => {
  it('the cheapest that keeps the promise: cost x, 10 % violations below x = 4', async () => {
    const executor = new Planted(
      (x) => x,
      (x) => (x < 4 ? 0.1 : 0.01),
    )
    const { best, reference } = await tune(options(executor))
    expect(best.parameters.x).toBeGreaterThanOrEqual(4)
    expect(best.parameters.x).toBeLessThan(4.2)
    expect(best.score.excess).toBe(0)
    expect(best.score.cost).toBeCloseTo(best.parameters.x! / 9, 1)
    expect(reference.score.cost).toBe(1)
  })

  it('where no candidate keeps it, the one that breaks it least', async () => {
    const executor = new Planted(
      () => 1,
      (x) => 0.2 + 0.05 * Math.abs(x - 6),
    )
    const { best } = await tune(options(executor))
    expect(Math.abs(best.parameters.x! - 6)).toBeLessThan(0.3)
    expect(best.score.excess).toBeGreaterThan(0.1)
  })
})

describe('the race', () => {
  const values = Array.from({ length: 12 }, (_, i) => ({ x: 1 + i }))
  const setup = (executor: Executor, seed: number) => ({
    executor,
    scenarios: 1,
    seeds: Array.from({ length: 20 }, (_, k) => 1000 * seed + k),
    goal: GOAL,
    referenceCost: [100],
  })

  it('does not spend all runs, keeps the best, and ranks only who ran on all seeds', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const executor = new Planted(
        (x) => x,
        () => 0,
      )
      const candidates = await race(values, setup(executor, seed))
      expect(executor.runs).toBeLessThan(12 * 20)
      expect(candidates[0]!.isFull).toBe(true)
      for (const { isFull, runs } of candidates) expect(runs[0]!.length === 20).toBe(isFull)
    }
  })

  it('drops none of equals more often than it says: 2 % of the candidates', async () => {
    let dropped = 0
    const noisy: Executor = {
      run: async (tasks) =>
        tasks.map(({ parameters, seed }) => runOf(100 + 5 * normal(stream(seed, `own ${parameters.x}`)), 0)),
      close: async () => {},
    }
    for (let seed = 1; seed <= 100; seed++) {
      const pair = await race([{ x: 1 }, { x: 2 }], setup(noisy, seed))
      dropped += pair.filter(({ isFull }) => !isFull).length
    }
    expect(dropped).toBeLessThanOrEqual(6)
  })
})

describe('the objective', () => {
  const scores = (shares: number[], goal: Partial<Goal> = {}) =>
    scoreOf([shares.map((share) => runOf(200, share))], [100], { ...GOAL, ...goal })

  it('judges the promise by the quantile of its probability', () => {
    const shares = [...Array(18).fill(0.01), 0.2, 0.3]
    expect(scores(shares, { probability: 0.8 }).excess).toBe(0)
    expect(scores(shares, { probability: 0.95 }).excess).toBeGreaterThan(0.1)
  })

  it('any that keeps the promise is before any that breaks it, whatever it costs', () => {
    const dear = { ...scores([0]), cost: 99 }
    const cheap = { ...scores([0.051]), cost: 0.1 }
    expect(penalised(dear)).toBeLessThan(penalised(cheap))
  })

  it('aggregates scenarios by mean, worst and the worst quarter', () => {
    const runs = [1, 2, 3, 4, 5, 6, 7, 8].map((cost) => [runOf(100 * cost, 0)])
    const cost = (robust: Goal['robust']) => scoreOf(runs, Array(8).fill(100), { ...GOAL, robust }).cost
    expect([cost('mean'), cost('worst'), cost('cvar')]).toEqual([4.5, 8, 7.5])
  })

  it('the Pareto front: what nothing else is better than in all three', () => {
    const candidate = (violationShare: number, replicaSeconds: number, reversals: number) => ({
      score: { ...scores([0]), violationShare, replicaSeconds, reversals },
    })
    const a = candidate(0, 10, 1)
    const b = candidate(0.1, 5, 1)
    const c = candidate(0.1, 6, 1)
    const d = candidate(0.2, 7, 0)
    expect(paretoFront([a, b, c, d, { ...a }])).toEqual([a, b, d])
  })
})

describe('on the simulator', () => {
  const run = autoscaled({
    trace: constantLoad(20, 20_000),
    model: handModel({ family: 'uniform', min: 5, max: 200 }),
    policy: 'threshold',
    seed: 1,
  })
  const scenarios = [20, 35].map((ratePerS) =>
    scenarioOf(
      { ...run, trace: constantLoad(ratePerS, 20_000), sla: parseSla('p95<500ms') },
      { name: 'threshold' },
    ),
  )
  const search = (executor: Executor, more: Partial<TuneOptions> = {}) =>
    tune({
      policy: threshold as Policy,
      base: run.parameters,
      executor,
      scenarios: 2,
      goal: GOAL,
      seeds: 8,
      seed: 5,
      method: 'cmaes',
      evaluations: 30,
      ...more,
    })

  it('1, 2 and 4 threads, and none, find the same, to the byte', async () => {
    const here = JSON.stringify(await search(new InlineExecutor(scenarios)))
    for (const workers of [1, 2, 4]) {
      const farm = new Farm(scenarios, workers)
      try {
        expect(JSON.stringify(await search(farm))).toBe(here)
      } finally {
        await farm.close()
      }
    }
  })

  it('a search that was stopped goes on from its journal: no run twice, the same result', async () => {
    const path = join(folder, 'journal.ndjson')
    const whole = await search(new InlineExecutor(scenarios))
    const first = new JournalExecutor(new InlineExecutor(scenarios), scenarios, path)
    await search(first, { evaluations: 10 })
    await first.close()
    appendFileSync(path, '{"id":"cut in the mid')
    let asked = 0
    const inner = new InlineExecutor(scenarios)
    const counting: Executor = {
      run: (tasks) => {
        asked += tasks.length
        return inner.run(tasks)
      },
      close: async () => {},
    }
    const second = new JournalExecutor(counting, scenarios, path)
    const { known } = second
    expect(known).toBeGreaterThan(50)
    expect(JSON.stringify(await search(second))).toBe(JSON.stringify(whole))
    await second.close()
    const ids = readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((text) => /"id":"([0-9a-f]{64})"/.exec(text)?.[1] ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.length).toBe(known + asked)

    const third = new JournalExecutor(inner, scenarios, path)
    expect(third.known).toBe(ids.length)
    await third.close()
  })

  it('what is no journal is refused with its line', () => {
    const path = join(folder, 'other.txt')
    writeFileSync(path, 'hello\nworld\n')
    expect(() => new JournalExecutor(new InlineExecutor(scenarios), scenarios, path)).toThrow(
      /line 1 is "hello", expected a run of a search/,
    )
  })
})
