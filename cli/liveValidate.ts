import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { marksOf } from '../analysis/marks.ts'
import { UserError } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import { formatDuration } from '../base/units.ts'
import { findRecords, readRecord } from '../record/read.ts'
import { checkStandby } from '../sim/plant.ts'
import { assertOpenLoop } from '../traces/index.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, type TestbedFlags } from './liveOptions.ts'
import { measureLive } from './measureLive.ts'
import { prepareOutput } from './output.ts'
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
import {
  cellsOf,
  MATRIX_FILE,
  type MatrixCell,
  type MatrixRun,
  parseChoice,
  runOrder,
} from './validate/matrix.ts'
import { type Prediction, predict } from './validate/predict.ts'

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

/** Time that a live run takes besides its trace: the set-up comes up, the last requests end, all is removed. */
const AROUND_A_RUN_MS = 12_000

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
  await startOrGoOn(flags, [...plans.values()])
  const open = []
  for (const one of order) if (!(await isDone(folderOf(flags.out, one)))) open.push(one)
  const ms = open.reduce((sum, { cell }) => sum + plans.get(cell)!.trace.durationMs + AROUND_A_RUN_MS, 0)
  remark(
    `${cells.length === 1 ? '1 cell' : `${cells.length} cells`}, ${order.length} live runs, ${order.length - open.length} of them made already; the others take about ${formatDuration(Math.round(ms / 60_000) * 60_000)}`,
  )
  if (flags.dryRun) return
  const predictions = new Map<MatrixCell, Prediction>()
  for (const cell of cells) {
    signal.throwIfAborted()
    const prediction = await predict(
      plans.get(cell)!,
      join(flags.out, cell.folder, 'sim'),
      flags.replications,
    )
    predictions.set(cell, prediction)
    remark(`predicted ${cell.choice.label} on ${cell.trace}: ${prediction.sha256.slice(0, 12)}`)
  }
  for (const [i, one] of open.entries()) {
    remark(
      `live run ${i + 1} of ${open.length}: ${one.cell.choice.label} on ${one.cell.trace}, repeat ${one.repeat}`,
    )
    const folder = folderOf(flags.out, one)
    await prepareOutput(folder, true)
    const plan = { ...plans.get(one.cell)!, ...(await workOf(flags, one)) }
    const setUp = { app, port: flags.port, prediction: predictions.get(one.cell)! }
    const { header } = await measureLive(plan, setUp, folder, signal)
    if (!header.verdict.valid) remark(`${folder} is not valid: ${header.verdict.reasons.join('; ')}`)
  }
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

const folderOf = (out: string, { cell, repeat }: MatrixRun) => join(out, cell.folder, 'live', String(repeat))

async function isDone(folder: string): Promise<boolean> {
  return existsSync(join(folder, 'run.json')) && (await readRecord(folder)).run.state === 'complete'
}

/** The folder remembers the matrix, so that two different ones never mix in it. */
async function startOrGoOn(flags: Flags, plans: readonly RunPlan[]): Promise<void> {
  const { out, dryRun: _, json: __, port: ___, force: ____, ...matrix } = flags
  const content = {
    ...matrix,
    model: hashOf(plans[0]!.model),
    traces: [...new Set(plans.map(({ trace }) => hashOf(trace)))],
  }
  const text = `${JSON.stringify(content, null, 2)}\n`
  const path = join(out, MATRIX_FILE)
  if (existsSync(path)) {
    if ((await readFile(path, 'utf8')) === text) return
    throw new UserError(
      `--out ${out} holds another matrix (${path} says which). Give the same options to go on with it, or another folder`,
    )
  }
  if (flags.dryRun) return
  await prepareOutput(out, false)
  await writeFile(path, text)
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
