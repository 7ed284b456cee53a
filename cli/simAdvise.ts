import type { Command } from 'commander'
import { meanInterval } from '../analysis/interval.ts'
import type { Metrics } from '../analysis/metrics.ts'
import { UserError } from '../base/errors.ts'
import type { Parameters, Policy } from '../policies/policy.ts'
import { type DeadTimeBound, deadTimeBound } from '../sim/tune/deadTime.ts'
import { type Goal, penalised, type Score, scoreOf } from '../sim/tune/objective.ts'
import { costOf } from '../sim/tune/race.ts'
import type { OpenTrace } from '../traces/trace.ts'
import { executorFor } from './executors.ts'
import { interruptible } from './interrupt.ts'
import { policySource } from './loadPolicy.ts'
import { table } from './output.ts'
import { print, printJson } from './program.ts'
import type { RunPlan } from './runOptions.ts'
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

interface Flags extends SearchFlags {
  policies: string
}

const DEFAULT_POLICIES = 'threshold,pid,kpa,react,predictive,queueing'

/** sim advise: tunes several policies and recommends one. */
export function simAdvise(program: Command): void {
  addSearchOptions(program.command('advise'))
    .description('tune several policies and recommend the cheapest that keeps the SLA')
    .option('--policies <names>', 'which ones, with commas between; the budget is shared', DEFAULT_POLICIES)
    .option('--json', 'print one JSON object instead of a table')
    .addHelpText(
      'after',
      '\nExample: sim advise --trace spike --trace step --sla "p95<500ms over 10s" --budget 60s',
    )
    .action((flags: Flags, command: Command) => interruptible((signal) => run(flags, command, signal)))
}

/** A tuned policy on fresh seeds of all traces, the held-out ones too. */
interface Tuned {
  policy: string
  code: Policy
  parameters: Parameters
  score: Score
  runs: Metrics[][]
}

async function run(flags: Flags, command: Command, signal: AbortSignal): Promise<void> {
  const names = flags.policies.split(',').map((name) => name.trim())
  if (new Set(names).size < names.length || names.includes(''))
    throw new UserError(
      `--policies is ${JSON.stringify(flags.policies)}, expected different names, with commas between`,
    )
  const tuned: Tuned[] = []
  let plans: RunPlan[] = []
  let cost: number[] | null = null
  for (const policy of names) {
    plans = await planTraces(flags, policy, [])
    const goal = goalOf(flags, plans[0]!)
    const scenarios = scenariosOf(plans, policySource(policy))
    const executor = await executorFor(flags, scenarios, signal)
    try {
      const setup = {
        plans,
        trained: flags.trace.length,
        pinned: [],
        goal,
        executor,
        share: 1 / names.length,
        signal,
      }
      const { best } = await searchPolicy(flags, setup)
      const { parameters } = best
      const runs = await freshRuns(executor, { scenarios: plans.length, parameters, seed: flags.seed })
      cost ??= costOf(runs)
      const score = scoreOf(runs, cost, goal)
      tuned.push({ policy, code: plans[0]!.policy, parameters, score, runs })
    } finally {
      await executor.close()
    }
  }
  const goal = goalOf(flags, plans[0]!)
  const order = tuned.sort((a, b) => penalised(a.score) - penalised(b.score))
  const advice = adviceOn(order)
  const bounds = boundsOf(plans, goal)
  const { policy: source, code: policy, parameters } = order[0]!
  const use = commandOf(command, { policy, source, trace: flags.trace[0]!, parameters })
  if (flags.json) {
    return printJson({
      goal,
      ...advice,
      policies: order.map(({ policy, parameters, score }) => ({ policy, parameters, ...score })),
      deadTime: bounds,
      command: use,
    })
  }
  print(await adviceText({ plans, goal, order, advice, bounds, use }))
}

interface Advice {
  /** The cheapest that keeps the promise, or where none does the one that breaks it least. */
  recommended: string
  keepsPromise: boolean
  /** The next one that keeps the promise too, and by how much dearer it is: mean and half a 95 % interval, as a share of its own cost. */
  runnerUp: { policy: string; dearer: number; halfWidth: number } | null
}

function adviceOn(order: readonly Tuned[]): Advice {
  const [first, second] = order as [Tuned, Tuned | undefined]
  const keepsPromise = first.score.excess === 0
  const comparable = second !== undefined && (second.score.excess === 0) === keepsPromise
  return { recommended: first.policy, keepsPromise, runnerUp: comparable ? dearerBy(first, second) : null }
}

/** Paired over seeds: both met the same requests. */
function dearerBy(first: Tuned, second: Tuned): Advice['runnerUp'] {
  const shares = first.runs[0]!.map((_, k) => {
    const total = ({ runs }: Tuned) => runs.reduce((sum, own) => sum + own[k]!.replicaSeconds!, 0)
    return total(second) / total(first) - 1
  })
  const interval = meanInterval(shares)!
  return { policy: second.policy, dearer: interval.mean, halfWidth: interval.halfWidth }
}

type TraceBound = DeadTimeBound & { trace: string }

function boundsOf(plans: readonly RunPlan[], { allowed }: Goal): TraceBound[] {
  return plans.flatMap(({ trace, model, control, sla }) =>
    trace.load.kind === 'users'
      ? []
      : [
          {
            trace: trace.name,
            ...deadTimeBound({ trace: trace as OpenTrace, model, control }, { sla, allowed }),
          },
        ],
  )
}

async function adviceText({
  plans,
  goal,
  order,
  advice,
  bounds,
  use,
}: {
  plans: readonly RunPlan[]
  goal: Goal
  order: readonly Tuned[]
  advice: Advice
  bounds: readonly TraceBound[]
  use: string
}): Promise<string> {
  const rows = order.map(({ policy, score }) => [
    policy,
    percentText(score.violationShare),
    score.excess === 0 ? 'yes' : 'no',
    score.replicaSeconds.toFixed(0),
    score.reversals.toFixed(1),
  ])
  return [
    `${plans.map(({ trace }) => trace.name).join(', ')}; ${promiseText(plans[0]!.sla.text, goal)}`,
    `each policy tuned, then ${FRESH_RUNS} fresh seeds a trace; means over traces and seeds`,
    '',
    await table(
      ['policy', 'violations', 'keeps the promise', 'replica-seconds', 'changes of direction'],
      rows,
    ),
    '',
    sentenceOf(advice),
    ...bounds.map(boundLine),
    '',
    `to use it: ${use}`,
  ].join('\n')
}

function sentenceOf({ recommended, keepsPromise, runnerUp }: Advice): string {
  const what = keepsPromise
    ? `${recommended} is the cheapest that keeps the promise`
    : `no policy keeps the promise; ${recommended} breaks it least`
  if (!runnerUp || !keepsPromise) return what
  const { policy, dearer, halfWidth } = runnerUp
  const sure = dearer - halfWidth > 0 ? '' : ': a difference that these runs do not prove'
  return `${what}; ${policy}, the next, costs ${percentText(dearer)} more (+- ${percentText(halfWidth)}, 95 %)${sure}`
}

function boundLine({ trace, deadMs, lateShare, surplus }: TraceBound): string {
  const dead = `${trace}: a replica serves ${(deadMs / 1000).toFixed(1)} s after the rise that calls for it`
  if (lateShare === 0) return `${dead}; no request need be late for that`
  const remedy =
    surplus === null
      ? 'no number of replicas in reserve helps'
      : surplus === 0
        ? 'which is within what is allowed'
        : `${surplus} in reserve would bring that within what is allowed, or a policy that foresees`
  return `${dead}, so about ${percentText(lateShare)} of the requests are late under any policy that only reacts and keeps no reserve; ${remedy}`
}
