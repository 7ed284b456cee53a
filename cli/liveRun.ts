import { join } from 'node:path'
import type { Command } from 'commander'
import { faultImpacts } from '../analysis/faultImpact.ts'
import { METRICS, type Metrics } from '../analysis/metrics.ts'
import { UserError } from '../base/errors.ts'
import { formatDuration } from '../base/units.ts'
import type { AppSettings } from '../live/appSettings.ts'
import { readRecord } from '../record/read.ts'
import type { RunHeader } from '../record/schema.ts'
import { assertOpenLoop } from '../traces/index.ts'
import { refuseInvalid } from './believe.ts'
import { faultTable } from './faultTable.ts'
import { fileName } from './fileName.ts'
import { interruptible } from './interrupt.ts'
import { addTestbedOptions, planApp, SPIN_HELP, type TestbedFlags } from './liveOptions.ts'
import { type LiveUi, openLiveUi } from './liveUi.ts'
import { type Measured, measureLive } from './measureLive.ts'
import { folderOf, formatMetric, labelOf, prepareOutput, table } from './output.ts'
import { PREDICTION_FILE, sha256Of } from './prediction.ts'
import { print, printJson, remark } from './program.ts'
import { addRunOptions, planRun, type RunFlags, type RunPlan, wholeNumber } from './runOptions.ts'
import { sameWork } from './sameWork.ts'

interface Flags extends RunFlags, TestbedFlags {
  repeat: number
  prediction?: string
  work?: string
  spin?: boolean
  ui?: boolean
  uiPort?: number
}

/** live run: the policy on the trace against the real service. */
export function liveRun(program: Command): void {
  addTestbedOptions(addRunOptions(program.command('run')))
    .description('run a policy on a trace against the real service on Podman and HAProxy')
    .option('--repeat <n>', 'how many runs, with seeds counting up', wholeNumber(1, 1000), 1)
    .option('--prediction <folder>', 'what sim run --out wrote: its hash goes into the records')
    .option('--work <record>', 'each request asks for the delay that it had in that run; its seed, one run')
    .option('--spin', SPIN_HELP)
    .option('--ui', 'show the run in a browser while it goes on; pause, scale and stop it from there')
    .option(
      '--ui-port <n>',
      'the port of that page on 127.0.0.1; by default a free one',
      wholeNumber(1, 65_535),
    )
    .addHelpText('after', '\nExample: live run --policy pid --trace spike --repeat 3 --out runs/pid-spike')
    .action((flags: Flags) => interruptible((signal) => run(flags, signal)))
}

async function run(flags: Flags, signal: AbortSignal): Promise<void> {
  const planned = await planRun(flags)
  assertOpenLoop(planned.trace, '--trace')
  if (flags.work !== undefined && flags.repeat > 1)
    throw new UserError(`--work gives the work of one run: --repeat ${flags.repeat} cannot all have it`)
  const plan = flags.work === undefined ? planned : { ...planned, ...(await sameWork(flags.work, planned)) }
  const app = planApp(flags)
  if (flags.uiPort !== undefined && !flags.ui)
    throw new UserError('--ui-port is the port of the dashboard: add --ui')
  const prediction = flags.prediction ? await hashPrediction(flags.prediction) : null
  const out = flags.out ?? defaultFolder(plan)
  await prepareOutput(out, flags.force ?? flags.out === undefined)
  const ui = flags.ui ? await openLiveUi(plan, flags.uiPort ?? 0, signal) : null
  try {
    const results = await measureAll(flags, { plan, app, prediction, out }, { signal, ui })
    await report(flags, plan, results)
    remark(`records in ${out}`)
    refuseInvalid(results)
  } finally {
    await ui?.close()
  }
}

interface Result extends Measured {
  folder: string
}

async function measureAll(
  { repeat, port, spin }: Flags,
  {
    plan,
    app,
    prediction,
    out,
  }: { plan: RunPlan; app: AppSettings; prediction: RunHeader['prediction']; out: string },
  { signal, ui }: { signal: AbortSignal; ui: LiveUi | null },
): Promise<Result[]> {
  const results: Result[] = []
  const ends = ui ? AbortSignal.any([signal, ui.signal]) : signal
  for (let i = 0; i < repeat; i++) {
    const folder = folderOf(out, i, repeat)
    remark(
      `live run ${i + 1} of ${repeat}: ${plan.policy.name} on ${plan.trace.name}, ${formatDuration(plan.trace.durationMs)}`,
    )
    const own = { ...plan, seed: plan.seed + i }
    const make = () => measureLive(own, { app, port, prediction, spin }, folder, ends, ui?.watch)
    const shown = { plan: own, folder, number: i + 1, count: repeat }
    results.push({ folder, ...(ui ? await ui.show(shown, make) : await make()) })
  }
  return results
}

async function report(flags: Flags, plan: RunPlan, results: readonly Result[]): Promise<void> {
  const metrics = results.map((result) => result.metrics)
  if (flags.json)
    printJson({
      runs: results.map(({ folder, header, metrics: own }) => ({
        folder,
        verdict: header.verdict,
        metrics: own,
      })),
    })
  else print(`${await resultTable(plan, metrics)}\n\n${latenessLine(results.map(({ header }) => header))}`)
  if (plan.faults?.length && !flags.json) {
    const runs = results.map(async ({ folder }) => faultImpacts(await readRecord(folder), plan.sla))
    print(`\n${await faultTable([{ name: '', runs: await Promise.all(runs) }])}`)
  }
}

async function hashPrediction(folder: string): Promise<{ path: string; sha256: string }> {
  const path = join(folder, PREDICTION_FILE)
  const sha256 = await sha256Of(path)
  if (sha256 === null) {
    throw new UserError(
      `--prediction ${folder} has no ${PREDICTION_FILE}. Make one with: sim run --out ${folder}`,
    )
  }
  return { path, sha256 }
}

const defaultFolder = ({ policy, trace }: RunPlan) =>
  join('runs', `live-${fileName(policy.name)}-${fileName(trace.name)}`)

async function resultTable({ policy, trace, sla }: RunPlan, runs: readonly Metrics[]): Promise<string> {
  const rows = METRICS.map((name) => [
    labelOf(name),
    ...runs.map((run) => (run[name] === null ? 'not determined' : formatMetric(name, run[name]!))),
  ])
  const head = ['', ...runs.map((_, i) => (runs.length === 1 ? 'measured' : `run ${i + 1}`))]
  return `${policy.name} on ${trace.name} (${formatDuration(trace.durationMs)}), measured, SLA ${sla.text}\n\n${await table(head, rows)}`
}

/** How late the load generator itself was: what it adds to a measured latency cannot be the service's. */
export function latenessLine(headers: readonly RunHeader[]): string {
  const known = headers.flatMap(({ lateness }) => lateness ?? [])
  if (known.length === 0) return 'load generator: nothing was sent'
  const each = (of: 'p50' | 'p99') => known.map((lateness) => lateness[of].toFixed(1)).join(', ')
  return `load generator late by (ms): p50 ${each('p50')}; p99 ${each('p99')}, bound ${known[0]!.boundP99}`
}
