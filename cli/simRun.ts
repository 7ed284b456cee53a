import { type Command, InvalidArgumentError } from 'commander'
import { type FaultImpact, faultImpacts } from '../analysis/faultImpact.ts'
import { FEWEST_FOR_INTERVAL } from '../analysis/interval.ts'
import { METRICS, type MetricName, type Metrics } from '../analysis/metrics.ts'
import { type Summary, summarise } from '../analysis/summary.ts'
import { UserError } from '../base/errors.ts'
import { formatDuration } from '../base/units.ts'
import type { TickRow } from '../record/schema.ts'
import type { RunSink } from '../record/sink.ts'
import { writeRecord } from '../record/write.ts'
import { beyondCalibration, NeedsSink } from '../sim/calibrated.ts'
import { Recorder } from '../sim/recorder.ts'
import { MOST_REPLICATIONS, PRECISE, Runner, runUntilPrecise } from '../sim/replications.ts'
import { runSimulation } from '../sim/run.ts'
import { both, ticksTo } from '../sim/sinks.ts'
import { judgedRun } from './believe.ts'
import { explainTicks } from './explain.ts'
import { faultTable } from './faultTable.ts'
import { interruptible } from './interrupt.ts'
import { policySource } from './loadPolicy.ts'
import { folderOf, formatMetric, labelOf, prepareOutput, table } from './output.ts'
import { writePrediction } from './prediction.ts'
import { print, printJson, remark } from './program.ts'
import { runProgress } from './progress.ts'
import { addRunOptions, type RunPlan, wholeNumber } from './runOptions.ts'
import { addSimOptions, planSimulation, type SimFlags } from './simOptions.ts'

interface Flags extends SimFlags {
  replications?: number
  precision?: number
  workers?: number
  explain?: boolean
}

const DEFAULT_REPLICATIONS = 20

/** sim run: the policy on the trace in the simulator, many times, with prediction intervals. */
export function simRun(program: Command): void {
  addSimOptions(addRunOptions(program.command('run')))
    .description('simulate a policy on a trace and predict what it will do')
    .option(
      '--replications <n>',
      `how many runs, with seeds counting up (default: ${DEFAULT_REPLICATIONS}; 1 with --explain or --work)`,
      wholeNumber(1, MOST_REPLICATIONS),
    )
    .option(
      '--precision <percent>',
      `run until the 95 % intervals of the means of ${PRECISE.map(labelOf).join(', ')} are within +- so much: 2%`,
      percent,
    )
    .option('--work <record>', 'the measured work of that run, request by request; its seed, one run')
    .option('--workers <n>', 'threads; by default all cores where it pays', wholeNumber(1, 256))
    .option('--explain', 'show what the policy saw at each tick of the first run, and why it decided')
    .addHelpText(
      'after',
      '\nExample: sim run --policy pid --trace spike.json --set kp=0.8 --sla "p95<500ms over 10s"',
    )
    .action(run)
}

function percent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  const value = Number(match?.[1])
  if (!match || !(value > 0 && value < 100))
    throw new InvalidArgumentError('expected a percentage such as 2%')
  return value / 100
}

async function run(flags: Flags): Promise<void> {
  if (
    flags.precision !== undefined &&
    (flags.replications !== undefined || flags.work !== undefined || flags.out)
  )
    throw new UserError(
      '--precision decides how many runs are made: leave out --replications, --work and --out',
    )
  const count = replicationsOf(flags)
  const plan = await planSimulation(flags)
  if (flags.out) await prepareOutput(flags.out, flags.force ?? false)
  const kept: Kept = { ticks: [], impacts: [], doubts: [] }
  const runs = await makeRuns(plan, flags, count, kept)
  const result = { replications: runs.length, seed: plan.seed, metrics: summarise(runs) }
  if (flags.out) {
    const { out } = flags
    await whole(() => writePrediction(out, { sla: plan.sla.text, ...result }))
  }
  await report(flags, plan, { result, ...kept })
  refuseDoubtful(kept.doubts)
}

interface Result {
  replications: number
  seed: number
  metrics: Summary
}

async function report(
  flags: Flags,
  plan: RunPlan,
  { result, ticks, impacts }: { result: Result } & Kept,
): Promise<void> {
  if (flags.json) return printJson(flags.explain ? { ...result, ticks } : result)
  if (flags.explain) print(`seed ${plan.seed}\n${await explainTicks(ticks)}\n`)
  print(await resultTable(plan, result))
  if (impacts.length > 0) print(`\n${await faultTable([{ name: '', runs: impacts }])}`)
  if (flags.out) remark(`records in ${flags.out}; picture: sim plot ${flags.out}`)
}

/** @throws UserError (exit 4) where a run cannot be believed. Of runs that are not recorded the first one is looked at. */
function refuseDoubtful(doubts: Kept['doubts']): void {
  const bad = doubts.filter((own) => own.length > 0)
  if (bad.length === 0) return
  const which = doubts.length === 1 ? 'the prediction is' : `${bad.length} of ${doubts.length} runs are`
  throw new UserError(`${which} not valid: ${bad[0]!.join('; ')}`, { exitCode: 4 })
}

function replicationsOf(flags: Flags): number {
  const { work, replications = work || flags.explain ? 1 : DEFAULT_REPLICATIONS } = flags
  if (work && replications > 1)
    throw new UserError(`--work gives the work of one run: --replications ${replications} cannot all have it`)
  return replications
}

/** What is kept of the runs besides their metrics. */
interface Kept {
  /** Of the first run, where they are explained. */
  ticks: TickRow[]
  /** Of each run, where it has faults. */
  impacts: FaultImpact[][]
  /** Why a run cannot be believed: of each that was recorded, else of the first. */
  doubts: string[][]
}

/** The runs' metrics. Records are written as the runs end. */
async function makeRuns(plan: RunPlan, flags: Flags, count: number, kept: Kept): Promise<Metrics[]> {
  const { out, explain, precision } = flags
  const progress = runProgress(precision === undefined ? count : null, plan.trace.durationMs)
  const isBroken = (plan.faults?.length ?? 0) > 0 && precision === undefined
  const recorded = out !== undefined || isBroken
  let recorder: Recorder | null = null
  const needs = new NeedsSink()
  const watch = (index: number): RunSink => {
    const onTick = ticksTo((row) => {
      if (explain && index === 0) kept.ticks.push(row)
      progress.onTick(row)
    })
    recorder = recorded ? new Recorder() : null
    const heard = index === 0 ? both(needs, onTick) : onTick
    return recorder ? both(recorder, heard) : heard
  }
  const isWatched = recorded || explain || count === 1
  const runner = new Runner(plan, {
    source: policySource(flags.policy),
    workers: flags.workers,
    onDone: progress.onDone,
    watch: isWatched ? watch : undefined,
  })
  try {
    if (!recorded) {
      const all = precision === undefined ? await runner.run(0, count) : await preciseRuns(runner, precision)
      if (plan.model.calibrated && !isWatched) runSimulation(plan, needs)
      kept.doubts.push(beyondCalibration(plan.model, needs.needs()))
      return all
    }
    const runs: Metrics[] = []
    for (let i = 0; i < count; i++) {
      runs.push(...(await runner.run(i, 1)))
      const { record, doubts } = judgedRun(recorder!.record(), plan)
      kept.doubts.push(doubts)
      if (isBroken) kept.impacts.push(faultImpacts(record, plan.sla))
      if (out) await whole(() => writeRecord(folderOf(out, i, count), record))
    }
    return runs
  } finally {
    progress.end()
    await runner.close()
  }
}

/** Ctrl-C while a file is being written takes effect when it is: nothing is left half-written. */
function whole(write: () => Promise<void>): Promise<void> {
  return interruptible(async (signal) => {
    await write()
    signal.throwIfAborted()
  })
}

async function preciseRuns(runner: Runner, precision: number): Promise<Metrics[]> {
  const { runs, reached } = await runUntilPrecise(runner, precision)
  if (!reached) remark(`--precision was not reached with ${MOST_REPLICATIONS} runs`)
  return runs
}

async function resultTable(
  { trace, policy, model, sla }: RunPlan,
  { replications, seed, metrics }: Result,
): Promise<string> {
  const about = `${policy.name} on ${trace.name} (${formatDuration(trace.durationMs)}), model ${model.name}, SLA ${sla.text}`
  const names = METRICS.filter((name) => metrics[name])
  const row = (name: MetricName, ...values: number[]) => [
    labelOf(name),
    ...values.map((value) => formatMetric(name, value)),
  ]
  if (replications === 1) {
    return `${about}\nseed ${seed}\n\n${await table(
      ['', 'simulated'],
      names.map((name) => row(name, metrics[name]!.mean)),
    )}`
  }
  const enough = replications >= FEWEST_FOR_INTERVAL
  const meaning = enough
    ? 'the interval covers a further run with 90 %'
    : `an interval that covers a further run with 90 % needs ${FEWEST_FOR_INTERVAL}`
  const rows = names.map((name) => row(name, metrics[name]!.mean, metrics[name]!.lo, metrics[name]!.hi))
  const head = ['', 'mean', ...(enough ? ['5 %', '95 %'] : ['lowest', 'highest'])]
  return `${about}\n${replications} runs, seeds ${seed} to ${seed + replications - 1}; ${meaning}\n\n${await table(head, rows)}`
}
