import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import type { MetricName, Metrics } from '../analysis/metrics.ts'
import { type Summary, summarise } from '../analysis/summary.ts'
import type { Parameters } from '../policies/policy.ts'
import { NeedsSink } from '../sim/calibrated.ts'
import { runSimulation } from '../sim/run.ts'
import { type Goal, paretoFront, scoreOf } from '../sim/tune/objective.ts'
import { type Candidate, costOf } from '../sim/tune/race.ts'
import { remarkBeyond } from './believe.ts'
import { executorFor } from './executors.ts'
import { interruptible } from './interrupt.ts'
import { policySource } from './loadPolicy.ts'
import { formatMetric, labelOf, table } from './output.ts'
import { print, printJson, remark } from './program.ts'
import { collect, type RunPlan } from './runOptions.ts'
import { FRESH_RUNS, freshRuns, searchPolicy } from './searchPolicy.ts'
import {
  addSearchOptions,
  commandOf,
  goalOf,
  percentText,
  planTraces,
  promiseText,
  type SearchFlags,
  scenariosOf,
} from './tuneOptions.ts'
import { runShard, shareOf } from './tuneShard.ts'

interface Flags extends SearchFlags {
  policy: string
  set: string[]
  objective: 'cost' | 'pareto'
  out?: string
  shard?: string
}

const SHOWN: readonly MetricName[] = [
  'violationShare',
  'responseMsP95',
  'replicaSeconds',
  'starts',
  'reversals',
]

/** sim tune: searches a policy's parameters in the simulator. */
export function simTune(program: Command): void {
  addSearchOptions(program.command('tune'))
    .description("search a policy's parameters: least replica-seconds that keep the SLA")
    .requiredOption('--policy <name|file>', 'a shipped policy (sim policies) or a file')
    .addOption(
      new Option('--set <name=number>', 'a parameter that stays at this value; repeat for more')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--objective <what>',
        'the cheapest that keeps the SLA, or all trade-offs of violations, cost and flapping',
      )
        .choices(['cost', 'pareto'])
        .default('cost'),
    )
    .option('--out <file>', 'write what was found there, as --json prints it')
    .addOption(
      new Option(
        '--shard <i/n>',
        'make only the i-th of n shares of the runs of a random search, into --out, for sim merge',
      ).conflicts(['journal', 'redis']),
    )
    .option('--json', 'print one JSON object instead of a table')
    .addHelpText(
      'after',
      '\nExample: sim tune --policy pid --trace spike --trace step --held-out ramp --budget 30s',
    )
    .action((flags: Flags, command: Command) => interruptible((signal) => run(flags, command, signal)))
}

/** One side of the final judgement: by trace, over fresh seeds. */
interface Judged {
  parameters: Parameters
  traces: { trace: string; heldOut: boolean; keepsPromise: boolean; metrics: Summary }[]
}

async function run(flags: Flags, command: Command, signal: AbortSignal): Promise<void> {
  const share = shareOf(flags)
  const plans = await planTraces(flags, flags.policy, flags.set)
  const goal = goalOf(flags, plans[0]!)
  const trained = flags.trace.length
  const scenarios = scenariosOf(plans, policySource(flags.policy))
  const executor = await executorFor(flags, scenarios, signal)
  try {
    const pinned = flags.set.map((setting) => setting.slice(0, setting.indexOf('=')).trim())
    if (share) return await runShard(flags, share, { plans, pinned, scenarios }, executor)
    const setup = { plans, trained, pinned, goal, executor, share: 1, signal }
    const { reference, best, evaluations, full } = await searchPolicy(flags, setup)
    const judge = async (parameters: Parameters) => {
      const runs = await freshRuns(executor, { scenarios: plans.length, parameters, seed: flags.seed })
      return { parameters, runs, judged: judgedOf(parameters, runs, { plans, trained, goal }) }
    }
    const before = await judge(reference.parameters)
    const after = await judge(best.parameters)
    const result = {
      policy: plans[0]!.policy.name,
      sla: plans[0]!.sla.text,
      goal,
      evaluations,
      tuned: after.judged,
      reference: before.judged,
      gap: gapOf(best, after.runs.slice(0, trained), before.runs.slice(0, trained), goal),
      command: commandOf(command, {
        policy: plans[0]!.policy,
        source: flags.policy,
        trace: flags.trace[0]!,
        parameters: best.parameters,
      }),
      evaluated: full.map(({ parameters, score }) => ({ parameters, ...score })),
      ...(flags.objective === 'pareto' ? { front: frontOf(full) } : {}),
    }
    remarkOnRange(plans, best.parameters)
    if (flags.out) await writeFile(flags.out, `${JSON.stringify(result, null, 2)}\n`)
    if (flags.json) return printJson(result)
    print(await resultText(result))
    if (flags.out) remark(`result in ${flags.out}`)
  } finally {
    await executor.close()
  }
}

/** A run of what was found on each trace: whether the model reaches so far. */
function remarkOnRange(plans: readonly RunPlan[], parameters: Parameters): void {
  for (const plan of plans) {
    if (!plan.model.calibrated) return
    const needs = new NeedsSink()
    runSimulation({ ...plan, parameters }, needs)
    remarkBeyond(plan.model, needs.needs())
  }
}

type Result = {
  policy: string
  sla: string
  goal: Goal
  evaluations: number
  tuned: Judged
  reference: Judged
  gap: { violationShare: number; cost: number }
  command: string
  /** Every candidate that saw all seeds, as it was scored in the search. */
  evaluated: ({ parameters: Parameters } & Candidate['score'])[]
  front?: ReturnType<typeof frontOf>
}

function judgedOf(
  parameters: Parameters,
  runs: readonly (readonly Metrics[])[],
  { plans, trained, goal }: { plans: readonly RunPlan[]; trained: number; goal: Goal },
): Judged {
  return {
    parameters,
    traces: runs.map((own, s) => ({
      trace: plans[s]!.trace.name,
      heldOut: s >= trained,
      keepsPromise: scoreOf([own], costOf([own]), goal).excess === 0,
      metrics: summarise(own),
    })),
  }
}

/** Fresh seeds less those of the search, on the traces of the search: what the search flattered itself with. */
function gapOf(best: Candidate, fresh: Metrics[][], reference: Metrics[][], goal: Goal) {
  const again = scoreOf(fresh, costOf(reference), goal)
  return {
    violationShare: again.violationShare - best.score.violationShare,
    cost: again.cost - best.score.cost,
  }
}

function frontOf(full: readonly Candidate[]) {
  return paretoFront(full)
    .map(({ parameters, score: { violationShare, replicaSeconds, reversals } }) => ({
      violationShare,
      replicaSeconds,
      reversals,
      parameters,
    }))
    .sort((a, b) => a.replicaSeconds - b.replicaSeconds)
}

async function resultText({
  policy,
  sla,
  goal,
  evaluations,
  tuned,
  reference,
  gap,
  command,
  front,
}: Result): Promise<string> {
  const rows = tuned.traces.flatMap((own, s) => {
    const before = reference.traces[s]!
    const cells = (name: MetricName, { metrics }: Judged['traces'][number]) => {
      const interval = metrics[name]
      if (!interval) return 'not determined'
      const [mean, lo, hi] = [interval.mean, interval.lo, interval.hi].map((value) =>
        formatMetric(name, value),
      )
      return `${mean} (${lo} to ${hi})`
    }
    return [
      ...SHOWN.map((name, i) => [
        i === 0 ? `${own.trace}${own.heldOut ? ', held out' : ''}` : '',
        labelOf(name),
        cells(name, before),
        cells(name, own),
      ]),
      ['', 'keeps the promise', before.keepsPromise ? 'yes' : 'no', own.keepsPromise ? 'yes' : 'no'],
    ]
  })
  const frontRows = (front ?? []).map((point) => [
    percentText(point.violationShare),
    point.replicaSeconds.toFixed(0),
    point.reversals.toFixed(1),
    Object.entries(point.parameters)
      .filter(([name, value]) => reference.parameters[name] !== value)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ])
  return [
    `${policy}, ${evaluations} candidates; ${promiseText(sla, goal)}`,
    `${FRESH_RUNS} fresh seeds a trace; in brackets what a further run falls into with 90 %`,
    '',
    await table(['trace', '', 'before', 'tuned'], rows, 2),
    '',
    `on fresh seeds against those of the search: violations ${gap.violationShare >= 0 ? '+' : ''}${(100 * gap.violationShare).toFixed(2)} pp, cost ${gap.cost >= 0 ? '+' : ''}${(100 * gap.cost).toFixed(1)} % of the start's`,
    ...(front
      ? [
          '',
          'what nothing is better than in all three (means over the seeds of the search)',
          '',
          await table(['violations', 'replica-seconds', 'changes of direction', 'parameters'], frontRows, 0),
        ]
      : []),
    '',
    `to use it: ${command}`,
  ].join('\n')
}
