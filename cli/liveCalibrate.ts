import { join } from 'node:path'
import type { Command } from 'commander'
import { saturatedThroughputPerS, stepsOf } from '../analysis/saturation.ts'
import { badInput } from '../base/errors.ts'
import { formatDuration } from '../base/units.ts'
import { type Experiment, saturation, scaling, startup } from '../live/calibrate/experiments.ts'
import { liveRun } from '../live/run.ts'
import { NO_KNOWLEDGE } from '../policies/policy.ts'
import { readRecord } from '../record/read.ts'
import type { RunHeader, RunRecord } from '../record/schema.ts'
import { observedStarts } from '../sim/fit/startup.ts'
import { REQUEST_CLASSES, type RequestClass, type Trace } from '../traces/index.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, type TestbedFlags } from './liveOptions.ts'
import { refuseInvalid } from './liveRun.ts'
import { prepareOutput, table } from './output.ts'
import { print, remark } from './program.ts'
import { tickProgress } from './progress.ts'
import { addServiceOptions, planService, type RunFlags, wholeNumber } from './runOptions.ts'

const KINDS = ['saturation', 'scaling', 'startup', 'all'] as const
type Kind = (typeof KINDS)[number]

interface Flags
  extends TestbedFlags,
    Pick<RunFlags, 'balance' | 'maxconn' | 'queueTimeout' | 'clientTimeout'> {
  out: string
  force?: boolean
  mix: string
  seed: number
  thorough?: boolean
}

/** Step, overload and round lengths: for a first fit in two minutes, and for one that is quoted. */
const PACE = {
  quick: { stepMs: 5000, overloadMs: 8000, rounds: { single: 5, together: 2 }, limitMs: 90_000 },
  thorough: { stepMs: 20_000, overloadMs: 30_000, rounds: { single: 15, together: 6 }, limitMs: 300_000 },
}

/** live calibrate: the experiments from which sim fit makes a model. */
export function liveCalibrate(program: Command): void {
  const command = program
    .command('calibrate')
    .description('measure the service: saturation of one replica, scaling over several, start-up times')
    .argument('<kind>', KINDS.join(', '))
    .option(
      '--out <folder>',
      'where the records go, a folder for each experiment',
      join('runs', 'calibration'),
    )
    .option('--force', 'replace what is in --out')
    .option(
      '--mix <class=weight,...>',
      `request classes: ${REQUEST_CLASSES.join(', ')}`,
      'read=0.6,write=0.4',
    )
    .option('--seed <n>', 'seed of the arrivals', wholeNumber(0, 2 ** 31), 1)
    .option('--thorough', 'four times as long, for a model that is quoted')
  addTestbedOptions(addServiceOptions(command)).action((kind: string, flags: Flags) =>
    interruptible((signal) => calibrate(kind, flags, signal)),
  )
}

async function calibrate(kindText: string, flags: Flags, signal: AbortSignal): Promise<void> {
  const experiments = planExperiments(kindText, flags)
  const service = planService(flags)
  const app = planApp(flags)
  await prepareOutput(flags.out, flags.force ?? false)
  const results: { folder: string; header: RunHeader }[] = []
  for (const experiment of experiments) {
    const folder = join(flags.out, experiment.name)
    remark(`calibration: ${experiment.name}, up to ${formatDuration(experiment.trace.durationMs)}`)
    const progress = tickProgress(experiment.trace.durationMs)
    const header = await liveRun(
      {
        ...experiment,
        control: { ...experiment.control, knowledge: NO_KNOWLEDGE },
        service,
        app,
        seed: flags.seed,
        model: null,
        prediction: null,
        port: flags.port,
      },
      { folder, say: remark, onTick: progress.onTick, signal },
    ).finally(progress.end)
    results.push({ folder, header })
    print(await summaryOf(await readRecord(folder)))
  }
  remark(`records in ${flags.out}; next: sim fit ${flags.out} -o model.json`)
  refuseInvalid(results)
}

function planExperiments(kindText: string, flags: Flags): Experiment[] {
  const kind = KINDS.find((candidate) => candidate === kindText)
  if (!kind)
    throw badInput({ place: 'the experiment', value: kindText, expected: `one of ${KINDS.join(', ')}` })
  const mix = parseMix(flags.mix)
  const pace = flags.thorough ? PACE.thorough : PACE.quick
  const all: Record<Exclude<Kind, 'all'>, () => Experiment[]> = {
    saturation: () => [saturation(mix, flags.delay, pace.stepMs)],
    scaling: () => scaling(mix, flags.delay, pace.overloadMs),
    startup: () => [startup(pace.limitMs, pace.rounds)],
  }
  return kind === 'all' ? Object.values(all).flatMap((make) => make()) : all[kind]()
}

/** `read=0.6,write=0.4` */
function parseMix(text: string): Trace['mix'] {
  const entries = text.split(',').map((part): [RequestClass, number] => {
    const [name, weightText] = part.split('=')
    const known = REQUEST_CLASSES.find((candidate) => candidate === name?.trim())
    const weight = Number(weightText)
    if (!known || !(weight > 0)) {
      throw badInput({
        place: '--mix',
        value: text,
        expected: `class=weight,... with the classes ${REQUEST_CLASSES.join(', ')} and weights above 0`,
      })
    }
    return [known, weight]
  })
  return Object.fromEntries(entries)
}

async function summaryOf(record: RunRecord): Promise<string> {
  switch (record.run.purpose) {
    case 'saturation':
      return saturationTable(record)
    case 'scaling':
      return scalingLine(record)
    default:
      return startupLines(record)
  }
}

async function saturationTable(record: RunRecord): Promise<string> {
  const number = (value: number | null, digits: number) => (value === null ? '-' : value.toFixed(digits))
  const rows = stepsOf(record).map((step) => [
    number(step.offeredPerS, 1),
    number(step.completedPerS, 1),
    number(step.p50Ms, 0),
    number(step.p95Ms, 0),
    `${(100 * step.errorsShare).toFixed(0)} %`,
  ])
  return table(['offered/s', 'answered/s', 'p50 ms', 'p95 ms', 'not answered'], rows, 0)
}

function scalingLine(record: RunRecord): string {
  const { replicas } = record.run.policy.parameters
  const throughput = saturatedThroughputPerS(record)
  return throughput === null
    ? `${replicas} replicas: never saturated`
    : `${replicas} replicas: ${throughput.toFixed(1)}/s saturated, ${(throughput / replicas!).toFixed(2)}/s each`
}

function startupLines(record: RunRecord): string {
  const starts = observedStarts([record])
  const groups = [...new Set(starts.map(({ others }) => others))].sort((a, b) => a - b)
  return groups
    .map((others) => {
      const times = starts.filter((start) => start.others === others).map(({ durationMs }) => durationMs)
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length
      return `start with ${others} others: ${mean.toFixed(0)} ms on average of ${times.length}, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}`
    })
    .join('\n')
}
