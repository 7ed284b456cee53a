import { describe, expect, it, vi } from 'vitest'
import { parseSla } from '../analysis/sla.ts'
import { UserError } from '../base/errors.ts'
import { DEFAULT_HEALTH } from '../control/service.ts'
import { parseFault } from '../record/faults.ts'
import { autoscaled, constantLoad, estimateOf, handModel } from '../test/support.ts'
import { Farm } from './farm.ts'
import { runMetrics } from './replicate.ts'
import type { Simulation } from './simulation.ts'
import { type Scenario, scenarioOf, type Task } from './tune/task.ts'

// A thread takes a second to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const SEEDS = 12
const sla = parseSla('p95<500ms over 10s')

/** Much of what a run can have, so that a stream that two threads shared would show. */
function simulationOf(policy: string): Simulation {
  const model = handModel({ family: 'lognormal', mu: 4, sigma: 1 })
  const faults = [parseFault('kill@8s')]
  return {
    ...autoscaled({
      trace: constantLoad(20, 20_000),
      model: {
        ...model,
        startup: { ...model.startup, failure: estimateOf(0.2) },
        monitoring: { ...model.monitoring, loss: estimateOf(0.1) },
        crashMs: estimateOf(60_000),
      },
      policy,
      seed: 40,
      service: {
        balance: 'random',
        health: DEFAULT_HEALTH,
        clientTimeoutMs: 2000,
        retries: { most: 2, backoffMs: 100, factor: 2, jitter: 0.5 },
      },
    }),
    faults,
  }
}

const scenariosOf = (run: Simulation): Scenario[] => [scenarioOf({ ...run, sla }, { name: run.policy.name })]

const tasksOf = ({ parameters }: Simulation, first: number, count: number): Task[] =>
  Array.from({ length: count }, (_, i) => ({ scenario: 0, parameters, seed: first + i }))

describe('Farm', () => {
  it('12 seeds give the same bytes over 1, 2 and 4 threads, and in this one', async () => {
    const simulation = simulationOf('pid')
    const here = Array.from({ length: SEEDS }, (_, i) => runMetrics({ ...simulation, seed: 40 + i }, sla))
    for (const workers of [1, 2, 4]) {
      const farm = new Farm(scenariosOf(simulation), workers)
      try {
        const heard: number[] = []
        const there = await farm.run(tasksOf(simulation, 40, SEEDS), () => heard.push(1))
        expect(JSON.stringify(there)).toBe(JSON.stringify(here))
        expect(heard).toHaveLength(SEEDS)
      } finally {
        await farm.close()
      }
    }
    expect(new Set(here.map((metrics) => metrics.responseMsMean)).size).toBe(SEEDS)
  })

  it('goes on with a second batch where the first one ended', async () => {
    const simulation = simulationOf('threshold')
    const farm = new Farm(scenariosOf(simulation), 2)
    try {
      const batches = [
        ...(await farm.run(tasksOf(simulation, 40, 3))),
        ...(await farm.run(tasksOf(simulation, 43, 3))),
      ]
      const here = Array.from({ length: 6 }, (_, i) => runMetrics({ ...simulation, seed: 40 + i }, sla))
      expect(JSON.stringify(batches)).toBe(JSON.stringify(here))
      expect(await farm.run(tasksOf(simulation, 1, 0))).toEqual([])
    } finally {
      await farm.close()
    }
  })

  it('hands on what is wrong with the input as such', async () => {
    const simulation = simulationOf('threshold')
    const trace = { ...simulation.trace, mix: { list: 1 } }
    const farm = new Farm(scenariosOf({ ...simulation, trace }), 2)
    try {
      await expect(farm.run(tasksOf(simulation, 1, 4))).rejects.toThrow(UserError)
    } finally {
      await farm.close()
    }
  })

  it('closes in the middle of a batch after the runs under way, and of a long run soon', async () => {
    const simulation = simulationOf('pid')
    const long = { ...simulation, trace: constantLoad(1000, 3_600_000) }
    for (const [run, count] of [
      [simulation, 1000],
      [long, 2],
    ] as const) {
      const farm = new Farm(scenariosOf(run), 2)
      let done = 0
      const ended = farm.run(tasksOf(run, 1, count), () => done++).catch((error: Error) => error.message)
      await new Promise((resolve) => setTimeout(resolve, 500))
      const before = performance.now()
      await farm.close()
      expect(performance.now() - before).toBeLessThan(10_000)
      expect(done).toBeLessThan(count)
      await ended
    }
  })
})
