import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { marksOf } from '../analysis/marks.ts'
import { UserError } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import { findRecords, readRecord } from '../record/read.ts'
import { checkStandby } from '../sim/plant.ts'
import { assertOpenLoop } from '../traces/index.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, type TestbedFlags } from './liveOptions.ts'
import { print, printJson, remark } from './program.ts'
import {
  addPlanOptions,
  addServiceOptions,
  addTransformOptions,
  collect,
  planRun,
  type RunFlags,
  type RunPlan,
  wholeNumber,
} from './runOptions.ts'
import { compareRecords, comparisonText } from './simCompare.ts'
import { withRateLimit } from './simOptions.ts'
import { cellsOf, type MatrixCell, type MatrixRun, parseChoice, runOrder } from './validate/matrix.ts'
import { measureMatrix, openRuns, startOrGoOn } from './validate/measure.ts'

type Flags = Omit<RunFlags, 'policy' | 'trace' | 'set' | 'out'> &
  TestbedFlags & {
    policy: string[]
    trace: string[]
    repeats: number
    replications: number
    out: string
    paired?: boolean
    dryRun?: boolean
  }

/** live validate: predictions first, then the live runs of a matrix in random order, then the two compared. */
export function liveValidate(program: Command): void {
  const several = (flags: string, description: string) =>
    new Option(flags, description).argParser(collect).default([]).makeOptionMandatory()
  addTestbedOptions(addTransformOptions(addPlanOptions(addServiceOptions(program.command('validate')))))
    .description('predict a matrix of policies and traces, then measure it, and compare')
    .addOption(
      several('--policy <name|file>', 'a policy, with parameters behind a colon: pid:kp=0.5; repeat'),
    )
    .addOption(several('--trace <name|file>', 'an open-loop trace; repeat for more'))
    .option('--repeats <n>', 'live runs of each policy on each trace', wholeNumber(1, 100), 3)
    .option('--replications <n>', 'simulated runs of each', wholeNumber(1, 10_000), 40)
    .option('--seed <n>', 'seed of the first repeat and of the order', wholeNumber(0, 2 ** 31), 1)
    .requiredOption(
      '--out <folder>',
      'for predictions and records; the same folder again goes on where it stopped',
    )
    .option(
      '--paired',
      'each live run serves the very work of the simulated run of its seed, request by request',
    )
    .option('--dry-run', 'say what would be run and how long it takes, no more')
    .option('--json', 'print one JSON object instead of a table')
    .addHelpText(
      'after',
      '\nExample: live validate --policy pid --policy threshold --trace spike --trace step --out runs/matrix',
    )
    .action((flags: Flags) => interruptible((signal) => run(flags, signal)))
}

async function run(flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.policy.length === 0 || flags.trace.length === 0)
    throw new UserError('live validate needs at least one --policy and one --trace')
  const app = planApp(flags)
  const cells = cellsOf(flags.trace, flags.policy.map(parseChoice))
  const plans = new Map<MatrixCell, RunPlan>()
  for (const cell of cells) plans.set(cell, await planCell(flags, cell))
  const order = runOrder(cells, flags)
  await startOrGoOn(flags.out, contentOf(flags, [...plans.values()]), { dryRun: flags.dryRun === true })
  const matrix = { out: flags.out, plans, order }
  const open = await openRuns(matrix)
  if (flags.dryRun) return
  await measureMatrix(matrix, open, { ...flags, app }, (one) => workOf(flags, one), signal)
  await report(flags, cells, [...plans.values()][0]!)
}

async function planCell(flags: Flags, { trace, choice }: MatrixCell): Promise<RunPlan> {
  const plan = await planRun({ ...flags, trace, policy: choice.policy, set: choice.set })
  assertOpenLoop(plan.trace, `--trace ${trace}`)
  checkStandby(plan.control, plan.model)
  return { ...plan, model: withRateLimit(plan.model, flags.rateLimit) }
}

/** The seed of a live run, and the work of the simulated run with that seed where the two are to be paired. */
async function workOf({ out, paired, seed, replications }: Flags, run: MatrixRun): Promise<Partial<RunPlan>> {
  if (!paired) return { seed: run.seed }
  const number = run.seed - seed + 1
  if (number > replications)
    throw new UserError(`--paired needs at least as many --replications as --repeats: ${number}`)
  const { requests } = await readRecord(join(out, run.cell.folder, 'sim', String(number)))
  return { seed: run.seed, work: requests }
}

/** What tells one matrix from another. */
function contentOf(flags: Flags, plans: readonly RunPlan[]): Record<string, unknown> {
  const { out: _, dryRun: __, json: ___, port: ____, force: _____, ...matrix } = flags
  return {
    ...matrix,
    model: hashOf(plans[0]!.model),
    traces: [...new Set(plans.map(({ trace }) => hashOf(trace)))],
  }
}

async function report({ out, json }: Flags, cells: readonly MatrixCell[], { sla }: RunPlan): Promise<void> {
  const folders = await findRecords(
    cells.flatMap(({ folder }) => [join(out, folder, 'sim'), join(out, folder, 'live')]),
  )
  const records = await Promise.all(folders.map(readRecord))
  const { comparison } = await compareRecords(records, sla)
  if (json) return printJson({ ...comparison, marks: marksOf(comparison) })
  print(await comparisonText(comparison))
  remark(`records in ${out}; pictures: sim compare ${out} --pictures FOLDER`)
}
