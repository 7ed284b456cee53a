import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseSla } from '../../analysis/sla.ts'
import { main, makeProgram, print, remark } from '../../cli/program.ts'
import { DEFAULT_CONTROL, DEFAULT_HEALTH, DEFAULT_SERVICE } from '../../control/service.ts'
import { POLICIES } from '../../policies/index.ts'
import { parametersOf } from '../../policies/parameters.ts'
import type { Policy } from '../../policies/policy.ts'
import { demandOf } from '../../sim/demand.ts'
import { Farm } from '../../sim/farm.ts'
import { knowledgeOf } from '../../sim/knowledge.ts'
import type { Foreseen } from '../../sim/oracle.ts'
import { readModel } from '../../sim/readModel.ts'
import type { Goal } from '../../sim/tune/objective.ts'
import { tune } from '../../sim/tune/tune.ts'
import { readTrace, shippedNames } from '../../traces/index.ts'
import { type Entry, runsOf } from './measure.ts'
import { foreseeing } from './oracle.ts'
import { page, rowOf, type TraceTable } from './table.ts'

/** Every shipped policy, with its defaults and tuned, on every shipped open-loop trace: the page docs/policies.md. */
const SLA = parseSla('p95<500ms over 10s')
const GOAL: Goal = { allowed: 0.05, probability: 0.9, robust: 'worst' }
const SEARCH = { seeds: 20, seed: 1 }
const FRESH = { first: 1_000_000, sla: SLA }
/** A decision of these costs milliseconds of simulation: a search would take hours. */
const NOT_TUNED = ['mpc', 'lookahead', 'static', 'oracle']

const program = makeProgram('bench policies', 'all policies on all traces, default and tuned')
  .option('--candidates <n>', 'of each search', '120')
  .option('--runs <n>', 'fresh seeds of each cell', '40')
  .option('--traces <names>', 'with commas between (default: all open-loop ones)')
  .option('--out <file>', 'write the page there instead of to stdout')
  .action(run)

await main(program)

async function run(flags: {
  candidates: string
  runs: string
  traces?: string
  out?: string
}): Promise<void> {
  const names = flags.traces?.split(',') ?? shippedNames()
  const tables: TraceTable[] = []
  for (const name of names) {
    const trace = await readTrace(name)
    if (trace.load.kind === 'users') continue
    const model = await readModel('reference')
    const service = { ...DEFAULT_SERVICE, health: DEFAULT_HEALTH }
    const control = { ...DEFAULT_CONTROL, knowledge: knowledgeOf(model, trace, service) }
    const scenario: Foreseen = { trace, model, service, control }
    tables.push(await tableOf(scenario, { candidates: Number(flags.candidates), count: Number(flags.runs) }))
  }
  const text = page(tables, { sla: SLA, goal: GOAL, candidates: flags.candidates, runs: flags.runs })
  if (flags.out) await writeFile(flags.out, text)
  else print(text)
}

async function tableOf(
  scenario: Foreseen,
  { candidates, count }: { candidates: number; count: number },
): Promise<TraceTable> {
  const demand = demandOf(scenario, { sloMs: SLA.limitMs, eps: GOAL.allowed })
  const measure = (run: Foreseen, entry: Entry) =>
    rowOf(entry, runsOf(run, entry, { ...FRESH, count }), {
      demand,
      goal: GOAL,
      durationMs: scenario.trace.durationMs,
    })
  const foreseen = foreseeing(scenario, SLA, GOAL)
  const bound = foreseen ? measure(foreseen.run, foreseen.entry) : null
  const rows = []
  for (const policy of POLICIES) {
    if (policy.needs === 'plan') continue
    rows.push(measure(scenario, { policy, parameters: parametersOf(policy, []), kind: 'default' }))
    if (!NOT_TUNED.includes(policy.name))
      rows.push(measure(scenario, await tuned(policy, scenario, candidates)))
    remark(`${scenario.trace.name}: ${policy.name}`)
  }
  return { trace: scenario.trace.name, bound, rows }
}

async function tuned(policy: Policy, scenario: Foreseen, evaluations: number): Promise<Entry> {
  const farm = new Farm([{ ...scenario, policy: { name: policy.name }, sla: SLA }], availableParallelism())
  try {
    const base = parametersOf(policy, [])
    const options = { policy, base, executor: farm, scenarios: 1, goal: GOAL, ...SEARCH, evaluations }
    const { best } = await tune({ ...options, method: 'cmaes' })
    return { policy, parameters: best.parameters, kind: 'tuned' }
  } finally {
    await farm.close()
  }
}
