import { basename, dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { kneeOf } from '../analysis/knee.ts'
import { stepsWithCores } from '../analysis/saturation.ts'
import { fleetPointOf, uslOf } from '../analysis/scaling.ts'
import { DEFAULT_SLA, parseSla, type Sla } from '../analysis/sla.ts'
import { timelineOf } from '../analysis/timeline.ts'
import { uslThroughput } from '../analysis/usl.ts'
import { UserError } from '../base/errors.ts'
import type { Picture } from '../plots/index.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { observedStarts } from '../sim/fit/startup.ts'
import { uslLine } from './calibrate/report.ts'
import { startLabel, startRows } from './calibrate/startupTable.ts'
import { remark } from './program.ts'

/** sim plot: pictures of records, by what they are records of. */
export function simPlot(program: Command): void {
  program
    .command('plot')
    .description(
      'draw records: timelines of runs, the saturation curve, scaling over replicas, what starts consist of',
    )
    .argument('<run...>', 'records, or folders of them')
    .addOption(
      new Option('--kind <what>', 'what is drawn (default: by what there is, the first of these)').choices([
        'saturation',
        'scaling',
        'startup',
        'timeline',
      ]),
    )
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .option('-o, --out <file>', 'the picture, .svg or .png; beside the first record otherwise')
    .action(run)
}

async function run(paths: string[], flags: { kind?: Kind; sla: string; out?: string }): Promise<void> {
  const sla = parseSla(flags.sla)
  const folders = await findRecords(paths)
  const records = await Promise.all(folders.map(readRecord))
  const kind = flags.kind ?? kindOf(records)
  const picture = await pictureOf(records, kind, sla)
  const { writePicture } = await import('../plots/index.ts')
  const beside = paths.length === 1 ? paths[0]! : dirname(folders[0]!)
  const out = flags.out ?? join(beside, `${kind}.svg`)
  await writePicture(picture, out)
  remark(`picture: ${out}`)
}

type Kind = 'saturation' | 'scaling' | 'startup' | 'timeline'

/** What there is a record of, the first of these. */
function kindOf(records: readonly RunRecord[]): Kind {
  const purposes = records.map(({ run }) => run.purpose)
  return (['saturation', 'scaling', 'startup'] as const).find((kind) => purposes.includes(kind)) ?? 'timeline'
}

async function pictureOf(records: RunRecord[], kind: Kind, sla: Sla): Promise<Picture> {
  const own = kind === 'timeline' ? records : records.filter(({ run }) => run.purpose === kind)
  if (own.length === 0) throw new UserError(`--kind ${kind}: none of the records is of that kind`)
  switch (kind) {
    case 'saturation':
      return saturationPicture(own)
    case 'scaling':
      return scalingPicture(own)
    case 'startup':
      return startupPicture(own)
    case 'timeline':
      return timelinePicture(own, sla)
  }
}

async function saturationPicture(records: RunRecord[]): Promise<Picture> {
  const { saturationSpec } = await import('../plots/index.ts')
  const { capacityPerS } = kneeOf(records)
  const steps = records
    .flatMap(stepsWithCores)
    .map(({ cores, ...step }) => ({ ...step, cores: cores?.replicas ?? null }))
  return saturationSpec({ steps, capacityPerS: capacityPerS?.estimate })
}

async function scalingPicture(records: RunRecord[]): Promise<Picture> {
  const { scalingSpec } = await import('../plots/index.ts')
  const points = records.map(fleetPointOf).sort((a, b) => a.replicas - b.replicas)
  const usl = uslOf(points)
  const law = usl && {
    lambda: usl.lambda.estimate,
    sigma: usl.sigma.estimate,
    kappa: usl.kappa.estimate,
  }
  return scalingSpec({
    subtitle: sentence(uslLine(usl)),
    points: points.map(({ replicas, throughputPerS, light }) => ({
      replicas,
      throughputPerS: throughputPerS && {
        estimate: throughputPerS.estimate,
        lo: throughputPerS.lo!,
        hi: throughputPerS.hi!,
      },
      lightP95Ms: light.p95Ms,
    })),
    law: law && ((replicas) => uslThroughput(law, replicas)),
  })
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** By phase where the records have them; else the whole times. */
async function startupPicture(records: RunRecord[]): Promise<Picture> {
  const { phasesSpec, startupSpec } = await import('../plots/index.ts')
  const rows = startRows(records)
  if (rows.length > 0)
    return phasesSpec({
      rows: rows.map((row) => ({ label: startLabel(row), ...row.phases, count: row.count })),
    })
  const starts = observedStarts(records).map(({ others, durationMs }) => ({
    concurrent: others + 1,
    durationMs,
  }))
  return startupSpec({ starts })
}

async function timelinePicture(records: RunRecord[], sla: Sla): Promise<Picture> {
  const { timelineSpec } = await import('../plots/index.ts')
  const traces = new Set(records.map(({ run }) => run.traceHash))
  if (traces.size > 1)
    throw new UserError('the records are of different traces: a timeline shows runs of one trace')
  const of = (mode: 'sim' | 'live') =>
    records.filter(({ run }) => run.mode === mode).map((record) => timelineOf(record, sla))
  const { trace, policy } = records[0]!.run
  const title = `${policy.name} on ${basename(trace.name)}`
  return timelineSpec({ title, predicted: of('sim'), measured: of('live'), sla })
}
