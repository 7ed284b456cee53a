import { join } from 'node:path'
import type { Command } from 'commander'
import { mean } from 'simple-statistics'
import { type MetricName, metricsOf } from '../analysis/metrics.ts'
import { formatMetric, labelOf } from '../analysis/metricText.ts'
import type { Sla } from '../analysis/sla.ts'
import { hashOf } from '../base/hash.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { checkStandby } from '../sim/plant.ts'
import { DEFAULT_MODEL, readModel } from '../sim/readModel.ts'
import { assertOpenLoop } from '../traces/index.ts'
import { cellsOfExperiment, type ExperimentCell, LOADS } from './experiment/plan.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, type TestbedFlags } from './liveOptions.ts'
import { table } from './output.ts'
import { print, remark } from './program.ts'
import { setUpLabel } from './report/setUps.ts'
import {
  addPlanOptions,
  addServiceOptions,
  addTransformOptions,
  planRun,
  type RunFlags,
  type RunPlan,
  wholeNumber,
} from './runOptions.ts'
import { withRateLimit } from './simOptions.ts'
import { type MatrixCell, runOrder } from './validate/matrix.ts'
import { measureMatrix, openRuns, startOrGoOn } from './validate/measure.ts'

type Flags = Omit<RunFlags, 'policy' | 'trace' | 'set' | 'out'> &
  TestbedFlags & {
    without: string
    with: string
    repeats: number
    replications: number
    out: string
    dryRun?: boolean
  }

/** Unless the user says otherwise: so short that all takes less than eight minutes, predictions included. */
const STRETCH = 0.85

/** How many containers are held ready with the improvement, unless the user says otherwise. */
const STANDBY = 'paused:2'

/** live experiment: the two final experiments, each without and with an improvement, predicted and measured. */
export function liveExperiment(program: Command): void {
  const command = addTestbedOptions(
    addTransformOptions(addPlanOptions(addServiceOptions(program.command('experiment')))),
  )
    .description(
      'the final experiments: a spike and a compressed day, each without and with an improvement, predicted first',
    )
    .option('--without <policy>', 'the policy without the improvement, with cold starts', 'threshold')
    .option(
      '--with <policy>',
      'the policy with it, and --standby; parameters behind a colon: pid:kp=0.5',
      'pid',
    )
    .option('--repeats <n>', 'live runs of each', wholeNumber(1, 100), 1)
    .option('--replications <n>', 'simulated runs of each', wholeNumber(1, 10_000), 40)
    .option('--seed <n>', 'seed of the first repeat and of the order', wholeNumber(0, 2 ** 31), 1)
    .option(
      '--out <folder>',
      'for predictions and records; the same folder again goes on where it stopped',
      join('runs', 'experiment'),
    )
    .option('--dry-run', 'say what would be run and how long it takes, no more')
    .addHelpText(
      'after',
      `\nWithout --stretch the loads are stretched by ${STRETCH}. Without --standby the improved side holds ${STANDBY} where the model knows paused starts (--model of live calibrate startup), and none elsewhere.\nExample: live experiment --model model.json && sim report runs/calibration runs/experiment`,
    )
  command.action((flags: Flags) =>
    interruptible((signal) =>
      run(flags, { standbyGiven: command.getOptionValueSource('standby') !== 'default', signal }),
    ),
  )
}

async function run(
  given: Flags,
  { standbyGiven, signal }: { standbyGiven: boolean; signal: AbortSignal },
): Promise<void> {
  const flags = { ...given, stretch: given.stretch ?? STRETCH }
  const app = planApp(flags)
  const standby = standbyGiven ? flags.standby : await usualStandby(flags.model)
  const cells = cellsOfExperiment(flags, standby)
  const plans = new Map<MatrixCell, RunPlan>()
  for (const cell of cells) plans.set(cell, await planCell(flags, cell))
  const matrix = { out: flags.out, plans, order: runOrder(cells, flags) }
  await startOrGoOn(flags.out, contentOf(flags, standby, plans), { dryRun: flags.dryRun === true })
  const open = await openRuns(matrix)
  if (flags.dryRun) return
  await measureMatrix(matrix, open, { ...flags, app }, ({ seed }) => ({ seed }), signal)
  await report(flags, cells, plans)
}

async function usualStandby(model: string): Promise<string> {
  if ((await readModel(model)).startup.paused) return STANDBY
  remark(
    `the model ${model} knows no paused starts, so the improved side has no stand-by: live calibrate startup, then sim fit, would tell`,
  )
  return 'none'
}

async function planCell(flags: Flags, { trace, choice, standby }: ExperimentCell): Promise<RunPlan> {
  const plan = await planRun({ ...flags, standby, trace, policy: choice.policy, set: choice.set })
  assertOpenLoop(plan.trace, trace)
  checkStandby(plan.control, plan.model)
  return { ...plan, model: withRateLimit(plan.model, flags.rateLimit) }
}

/** What tells one experiment from another, and for the report which side is which. */
function contentOf(
  flags: Flags,
  standby: string,
  plans: ReadonlyMap<MatrixCell, RunPlan>,
): Record<string, unknown> {
  const { out: _, dryRun: __, port: ___, ...experiment } = flags
  const all = [...plans.values()]
  const [without, improved] = all.map(labelOfPlan)
  return {
    ...experiment,
    standby,
    model: hashOf(all[0]!.model),
    traces: [...new Set(all.map(({ trace }) => hashOf(trace)))],
    improvement: { without, with: improved },
  }
}

const labelOfPlan = ({ policy, parameters, control }: RunPlan) =>
  setUpLabel({ policy: { name: policy.name, parameters }, control })

const SHOWN: readonly MetricName[] = [
  'failed',
  'rejected',
  'violationShare',
  'windowViolationShare',
  'responseMsP95',
  'replicaSeconds',
]

async function report(
  { out, model }: Flags,
  cells: readonly ExperimentCell[],
  plans: ReadonlyMap<MatrixCell, RunPlan>,
): Promise<void> {
  const { sla } = plans.get(cells[0]!)!
  const rows = await Promise.all(
    cells.map(async (cell) => {
      const [predicted, measured] = await Promise.all(
        ['sim', 'live'].map(async (side) => recordsIn(join(out, cell.folder, side))),
      )
      return [
        cell.trace,
        labelOfPlan(plans.get(cell)!),
        ...SHOWN.map((metric) => bothTexts(metric, predicted!, measured!, sla)),
      ]
    }),
  )
  print(
    [
      `${LOADS.join(' and ')} without and with the improvement, predicted / measured, SLA ${sla.text}`,
      '',
      await table(['load', 'set-up', ...SHOWN.map(labelOf)], rows, 2),
    ].join('\n'),
  )
  const described = model === DEFAULT_MODEL ? '' : ` --model ${model}`
  remark(`records in ${out}; the report: sim report ${out} runs/calibration${described} -o report.pdf`)
}

const recordsIn = async (folder: string): Promise<RunRecord[]> =>
  Promise.all((await findRecords([folder])).map(readRecord))

function bothTexts(
  metric: MetricName,
  predicted: readonly RunRecord[],
  measured: readonly RunRecord[],
  sla: Sla,
): string {
  return [predicted, measured]
    .map((records) => {
      const values = records.map((record) => metricsOf(record, sla)[metric]).filter((one) => one !== null)
      return values.length === 0 ? '-' : formatMetric(metric, mean(values))
    })
    .join(' / ')
}
