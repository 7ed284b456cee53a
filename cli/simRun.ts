import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { FEWEST_FOR_INTERVAL } from '../analysis/interval.ts'
import { METRICS, type MetricName, type Metrics, metricsOf } from '../analysis/metrics.ts'
import { formatDuration } from '../base/units.ts'
import { writeRecord } from '../record/write.ts'
import { simulate } from '../sim/run.ts'
import { folderOf, formatMetric, labelOf, prepareOutput, summarise, table } from './output.ts'
import { PREDICTION_FILE } from './prediction.ts'
import { print, printJson, remark } from './program.ts'
import { addRunOptions, planRun, type RunFlags, type RunPlan, wholeNumber } from './runOptions.ts'

/** sim run: the policy on the trace in the simulator, many times, with prediction intervals. */
export function simRun(program: Command): void {
  addRunOptions(program.command('run'))
    .description('simulate a policy on a trace and predict what it will do')
    .option('--replications <n>', 'how many runs, with seeds counting up', wholeNumber(1, 100_000), 20)
    .addHelpText(
      'after',
      '\nExample: sim run --policy pid --trace spike.json --set kp=0.8 --sla "p95<500ms over 10s"',
    )
    .action(run)
}

async function run(flags: RunFlags & { replications: number }): Promise<void> {
  const plan = await planRun(flags)
  if (flags.out) await prepareOutput(flags.out, flags.force ?? false)
  const metrics: Metrics[] = []
  for (let i = 0; i < flags.replications; i++) {
    const record = simulate({ ...plan, seed: plan.seed + i })
    metrics.push(metricsOf(record, plan.sla))
    if (flags.out) await writeRecord(folderOf(flags.out, i, flags.replications), record)
    if (process.stderr.isTTY && flags.replications > 100 && i % 50 === 0)
      process.stderr.write(`\r${i} of ${flags.replications}`)
  }
  if (process.stderr.isTTY && flags.replications > 100) process.stderr.write('\r\x1b[K')
  const result = { replications: flags.replications, seed: plan.seed, metrics: summarise(metrics) }
  if (flags.out)
    await writeFile(
      join(flags.out, PREDICTION_FILE),
      `${JSON.stringify({ sla: plan.sla.text, ...result }, null, 2)}\n`,
    )
  if (flags.json) return printJson(result)
  print(await resultTable(plan, result))
  if (flags.out) remark(`records in ${flags.out}; picture: sim plot ${flags.out}`)
}

async function resultTable(
  { trace, policy, model, sla }: RunPlan,
  {
    replications,
    seed,
    metrics,
  }: { replications: number; seed: number; metrics: ReturnType<typeof summarise> },
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
