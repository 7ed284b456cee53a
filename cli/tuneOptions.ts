import { Command, InvalidArgumentError, Option } from 'commander'
import { UserError } from '../base/errors.ts'
import { parseDuration } from '../base/units.ts'
import type { Parameters, Policy } from '../policies/policy.ts'
import type { PolicySource } from '../sim/policyModule.ts'
import type { Goal } from '../sim/tune/objective.ts'
import { type Scenario, scenarioOf } from '../sim/tune/task.ts'
import {
  addPlanOptions,
  addServiceOptions,
  addTransformOptions,
  collect,
  type RunPlan,
  wholeNumber,
} from './runOptions.ts'
import { addSimOptions, planSimulation, type SimFlags } from './simOptions.ts'

/** The options that `sim tune` and `sim advise` share. */
export interface SearchFlags extends Omit<SimFlags, 'trace' | 'policy' | 'set' | 'out' | 'force' | 'work'> {
  trace: string[]
  heldOut: string[]
  allow?: number
  probability: number
  robust: Goal['robust']
  seeds: number
  budget?: string
  evaluations?: number
  method: 'cmaes' | 'random'
  workers?: number
  journal?: string
  redis?: string
  json?: boolean
}

export function addSearchOptions(command: Command): Command {
  return addTransformOptions(addSimOptions(addServiceOptions(addPlanOptions(command))))
    .addOption(
      new Option('--trace <name|file>', 'a trace to tune on; repeat for more')
        .argParser(collect)
        .default([], 'none')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--held-out <name|file>',
        'a trace that the search does not see, for the final judgement; repeat',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .option(
      '--allow <percent>',
      'requests of a run that may violate the SLA (default: what the SLA leaves, p95: 5%)',
      percent,
    )
    .option('--probability <percent>', 'with which a run must stay within that', percent, 0.9)
    .addOption(
      new Option('--robust <how>', 'how several traces count: their mean, the worst, or the worst quarter')
        .choices(['mean', 'worst', 'cvar'])
        .default('worst'),
    )
    .option(
      '--seeds <n>',
      'runs of a candidate on each trace, the same seeds for all',
      wholeNumber(4, 10_000),
      20,
    )
    .option('--seed <n>', 'the first of them, and the seed of the search', wholeNumber(0, 2 ** 31), 1)
    .option('--budget <duration>', 'time for the search (default: 60s, none with --evaluations)')
    .option('--evaluations <n>', 'candidates at most', wholeNumber(1, 10_000_000))
    .addOption(
      new Option('--method <name>', 'how candidates are found').choices(['cmaes', 'random']).default('cmaes'),
    )
    .option('--journal <file>', 'remember every run there; the same file again goes on where it stopped')
    .addOption(
      new Option('--workers <n>', 'threads (default: all cores)')
        .argParser(wholeNumber(1, 256))
        .conflicts('redis'),
    )
    .option('--redis <url>', 'let the `sim worker` processes of a Redis make the runs, on any machines')
}

function percent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  const value = Number(match?.[1]) / 100
  if (!match || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a percentage such as 5%')
  return value
}

export function goalOf({ allow, probability, robust }: SearchFlags, { sla }: RunPlan): Goal {
  return { allowed: allow ?? Number((1 - sla.quantile).toPrecision(12)), probability, robust }
}

export const percentText = (share: number) => `${(100 * share).toFixed(1)} %`

/** The SLA and the goal, as a table's title says them. */
export const promiseText = (sla: string, { allowed, probability }: Goal) =>
  `SLA ${sla}, at most ${percentText(allowed)} of a run's requests violate it with ${(100 * probability).toFixed(0)} %`

/** The plans of a policy on the traces to tune on, then on the held-out ones. */
export async function planTraces(flags: SearchFlags, policy: string, set: string[]): Promise<RunPlan[]> {
  if (flags.trace.length === 0)
    throw new UserError('--trace is missing: a shipped trace (sim traces) or a trace file')
  const traces = [...flags.trace, ...flags.heldOut]
  const plans: RunPlan[] = []
  for (const trace of traces) plans.push(await planSimulation({ ...flags, policy, set, trace }))
  if (plans[0]!.policy.needs === 'plan')
    throw new UserError(`--policy ${policy} is told the future: it is a bound and has nothing to tune`)
  return plans
}

export const scenariosOf = (plans: readonly RunPlan[], source: PolicySource): Scenario[] =>
  plans.map((plan) => scenarioOf(plan, source))

/** In ms; null for a search that only its number of candidates ends. */
export function budgetMs({ budget, evaluations }: SearchFlags): number | null {
  if (budget !== undefined) return parseDuration(budget, '--budget')
  return evaluations === undefined ? 60_000 : null
}

/** The `sim run` that uses what was found, with each option of a run that the search was given. */
export function commandOf(
  command: Command,
  found: { policy: Policy; source: string; trace: string; parameters: Parameters },
): string {
  const runs = addTransformOptions(addSimOptions(addServiceOptions(addPlanOptions(new Command())))).options
  const names = new Set(runs.map((option) => option.attributeName()))
  const given = command.options
    .filter((option) => names.has(option.attributeName()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map((option) => ` ${option.long} ${quoted(String(command.getOptionValue(option.attributeName())))}`)
  const changed = Object.entries(found.parameters)
    .filter(([name, value]) => found.policy.parameters[name]!.default !== value)
    .map(([name, value]) => ` --set ${name}=${value}`)
  return `sim run --policy ${quoted(found.source)} --trace ${quoted(found.trace)}${given.join('')}${changed.join('')}`
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
