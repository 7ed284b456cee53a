import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import { stepsOf } from '../analysis/saturation.ts'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { timelineOf } from '../analysis/timeline.ts'
import { UserError } from '../base/errors.ts'
import type { Picture } from '../plots/index.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { observedStarts } from '../sim/fit/startup.ts'
import { remark } from './program.ts'

/** sim plot: pictures of records, by what they are records of. */
export function simPlot(program: Command): void {
  program
    .command('plot')
    .description('draw records: timelines of runs, the saturation curve, start-up times')
    .argument('<run...>', 'records, or folders of them')
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .option('-o, --out <file>', 'the picture, .svg or .png; beside the first record otherwise')
    .action(run)
}

async function run(paths: string[], flags: { sla: string; out?: string }): Promise<void> {
  const sla = parseSla(flags.sla)
  const folders = await findRecords(paths)
  const records = await Promise.all(folders.map(readRecord))
  const { picture, name } = await pictureOf(records, sla)
  const { writePicture } = await import('../plots/index.ts')
  const beside = paths.length === 1 ? paths[0]! : dirname(folders[0]!)
  const out = flags.out ?? join(beside, `${name}.svg`)
  await writePicture(picture, out)
  remark(`picture: ${out}`)
}

async function pictureOf(
  records: RunRecord[],
  sla: ReturnType<typeof parseSla>,
): Promise<{ picture: Picture; name: string }> {
  const { saturationSpec, startupSpec, timelineSpec } = await import('../plots/index.ts')
  const purposes = new Set(records.map(({ run }) => run.purpose))
  if (purposes.has('saturation')) {
    const steps = records.filter(({ run }) => run.purpose === 'saturation').flatMap(stepsOf)
    return { picture: saturationSpec({ steps }), name: 'saturation' }
  }
  if (purposes.has('startup')) {
    const starts = observedStarts(records).map(({ others, durationMs }) => ({
      concurrent: others + 1,
      durationMs,
    }))
    return { picture: startupSpec({ starts }), name: 'startup' }
  }
  const traces = new Set(records.map(({ run }) => run.traceHash))
  if (traces.size > 1)
    throw new UserError('the records are of different traces: a timeline shows runs of one trace')
  const of = (mode: 'sim' | 'live') =>
    records.filter(({ run }) => run.mode === mode).map((record) => timelineOf(record, sla))
  const { trace, policy } = records[0]!.run
  const title = `${policy.name} on ${basename(trace.name)}`
  return {
    picture: timelineSpec({ title, predicted: of('sim'), measured: of('live'), sla }),
    name: 'timeline',
  }
}
