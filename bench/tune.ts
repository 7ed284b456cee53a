import { availableParallelism } from 'node:os'
import { parseSla } from '../analysis/sla.ts'
import { monotonicMs } from '../base/clock.ts'
import { main, makeProgram, print, printJson } from '../cli/program.ts'
import { DEFAULT_CONTROL, DEFAULT_HEALTH, DEFAULT_SERVICE } from '../control/service.ts'
import { parametersOf } from '../policies/parameters.ts'
import { pid } from '../policies/pid.ts'
import type { Policy } from '../policies/policy.ts'
import { Farm } from '../sim/farm.ts'
import { knowledgeOf } from '../sim/knowledge.ts'
import { readModel } from '../sim/readModel.ts'
import type { Executor, Scenario, Task } from '../sim/tune/task.ts'
import { tune } from '../sim/tune/tune.ts'
import type { Trace } from '../traces/trace.ts'

/** How long a search takes: 200 candidates, 20 seeds each, on five minutes of 40 requests a second. */
const CANDIDATES = 200
const SEEDS = 20
const LIMIT_S = 20
const TRACE: Trace = {
  name: 'five minutes',
  description: '40 requests a second on average, between 20 and 60',
  process: 'poisson',
  mix: { read: 0.85, write: 0.15 },
  durationMs: 300_000,
  load: {
    kind: 'rate',
    points: [0, 1, 2, 3, 4, 5].map((minute) => ({
      atMs: minute * 60_000,
      ratePerS: minute % 2 === 0 ? 20 : 60,
    })),
  },
}

class Counting implements Executor {
  runs = 0
  readonly #inner: Executor
  constructor(inner: Executor) {
    this.#inner = inner
  }
  run(tasks: readonly Task[]) {
    this.runs += tasks.length
    return this.#inner.run(tasks)
  }
  close() {
    return this.#inner.close()
  }
}

const program = makeProgram('bench tune', 'how long a search for the parameters of pid takes')
  .option('--workers <n>', 'threads', String(availableParallelism()))
  .option('--json', 'print one JSON object')
  .action(run)

await main(program)

async function run({ workers, json }: { workers: string; json?: boolean }): Promise<void> {
  const model = await readModel('reference')
  const service = { ...DEFAULT_SERVICE, health: DEFAULT_HEALTH }
  const control = { ...DEFAULT_CONTROL, maxReplicas: 20, knowledge: knowledgeOf(model, TRACE, service) }
  const scenario: Scenario = {
    trace: TRACE,
    model,
    control,
    service,
    policy: { name: 'pid' },
    sla: parseSla('p95<500ms over 10s'),
  }
  const base = parametersOf(pid as Policy, [])
  const farm = new Farm([scenario], Number(workers))
  const executor = new Counting(farm)
  try {
    const beganMs = monotonicMs()
    const { evaluations } = await tune({
      policy: pid as Policy,
      base,
      executor,
      scenarios: 1,
      goal: { allowed: 0.05, probability: 0.9, robust: 'worst' },
      seeds: SEEDS,
      seed: 1,
      method: 'cmaes',
      evaluations: CANDIDATES,
    })
    const searchS = (monotonicMs() - beganMs) / 1000
    const allMs = monotonicMs()
    const tasks = Array.from({ length: CANDIDATES * SEEDS }, (_, i) => ({
      scenario: 0,
      parameters: base,
      seed: i,
    }))
    await farm.run(tasks)
    const everyRunS = (monotonicMs() - allMs) / 1000
    const result = {
      workers: Number(workers),
      evaluations,
      runs: executor.runs,
      searchS,
      everyRunS,
      limitS: LIMIT_S,
    }
    if (json) return printJson(result)
    print(
      [
        `search with races: ${evaluations} candidates, ${executor.runs} runs, ${searchS.toFixed(1)} s (wanted: under ${LIMIT_S} s)`,
        `every one of ${CANDIDATES} x ${SEEDS} runs: ${everyRunS.toFixed(1)} s`,
      ].join('\n'),
    )
  } finally {
    await farm.close()
  }
}
