import { rename, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Comparison } from '../analysis/compare.ts'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { UserError } from '../base/errors.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { type FitResult, fitModel } from '../sim/fit/fit.ts'
import { fitLog, logLines, readAccessLog } from '../sim/fit/fitLog.ts'
import { DEFAULT_MODEL, readModel } from '../sim/readModel.ts'
import { heldOutText, predictHeldOut } from './fit/heldOut.ts'
import { identifiedTable, modelTable } from './fit/modelTable.ts'
import { drawFits } from './fit/pictures.ts'
import { print, printJson, remark } from './program.ts'
import { collect } from './runOptions.ts'

interface Flags {
  out: string
  name?: string
  from?: string
  model?: string
  heldOut: string[]
  sla: string
  pictures?: string
  json?: boolean
}

/** sim fit: a model from the records of live calibrate, or from a HAProxy log of one's own. */
export function simFit(program: Command): void {
  program
    .command('fit')
    .description('fit a model to calibration runs, or to a HAProxy log of your own')
    .argument('[run...]', 'records of live calibrate, or folders of them')
    .requiredOption('-o, --out <file>', 'where the model goes, such as model.json')
    .option('--from <access.log>', 'fit to a HAProxy log ("option httplog") in place of runs')
    .option(
      '--model <name|file>',
      `with --from: the model of what no log tells (default: "${DEFAULT_MODEL}")`,
    )
    .option('--name <name>', "the model's name; the file's name otherwise")
    .addOption(
      new Option(
        '--held-out <run>',
        'a live run that is not fitted but predicted with the model; repeat for more',
      )
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--sla <text>', 'what is promised, for --held-out', DEFAULT_SLA)
    .option('--pictures <folder>', 'draw each fit against the data that it did not see, there')
    .option('--json', 'print one JSON object instead of tables: the model, and where its numbers are from')
    .addHelpText(
      'after',
      '\nExamples: sim fit runs/calibration -o model.json --held-out runs/spike\n          sim fit --from /var/log/haproxy.log -o own.json',
    )
    .action(run)
}

async function run(paths: string[], flags: Flags): Promise<void> {
  const sla = parseSla(flags.sla)
  const heldOut = await readAll(flags.heldOut)
  const { result, lines } =
    flags.from === undefined ? await fitRuns(paths, flags, heldOut) : await fitOwnLog(paths, flags)
  const { model, remarks, identified, diagnostics } = result
  await writeFile(`${flags.out}.part`, `${JSON.stringify(model, null, 2)}\n`)
  await rename(`${flags.out}.part`, flags.out)
  for (const line of remarks) remark(line)
  if (flags.pictures) await drawFits(diagnostics, flags.pictures)
  const comparison =
    heldOut.records.length > 0 ? await predictHeldOut(heldOut.records, heldOut.folders, { model, sla }) : null
  for (const line of comparison?.remarks ?? []) remark(line)
  if (flags.json) return printJson({ model, remarks, identified, heldOut: comparison })
  print(
    [
      ...lines,
      await modelTable(model),
      await identifiedTable(identified),
      ...(comparison ? [await textOf(comparison, heldOut.records)] : []),
    ].join('\n\n'),
  )
  remark(`model in ${flags.out}; next: sim run --policy pid --trace spike --model ${flags.out}`)
}

interface Records {
  folders: string[]
  records: RunRecord[]
}

async function readAll(paths: readonly string[]): Promise<Records> {
  const folders = await findRecords(paths)
  return { folders, records: await Promise.all(folders.map(readRecord)) }
}

const nameOf = ({ name, out }: Flags) => name ?? basename(out).replace(/\.json$/, '')

async function fitRuns(
  paths: string[],
  flags: Flags,
  heldOut: Records,
): Promise<{ result: FitResult; lines: string[] }> {
  if (paths.length === 0)
    throw new UserError('sim fit needs records of live calibrate, or --from with a HAProxy log')
  if (flags.model !== undefined)
    throw new UserError(`--model ${flags.model} is for --from: runs tell all that the model needs`)
  const folders = await findRecords(paths)
  const apart = new Set(heldOut.folders.map((folder) => resolve(folder)))
  const used = folders.filter((folder) => !apart.has(resolve(folder)))
  if (used.length === 0) throw new UserError('--held-out leaves no run to fit')
  const records = await Promise.all(used.map(readRecord))
  return {
    result: fitModel(
      records,
      used.map((folder) => basename(folder)),
      nameOf(flags),
    ),
    lines: [],
  }
}

async function fitOwnLog(paths: string[], flags: Flags): Promise<{ result: FitResult; lines: string[] }> {
  if (paths.length > 0)
    throw new UserError(`--from ${flags.from} and the run ${paths[0]}: a model is fitted to one or the other`)
  const base = await readModel(flags.model ?? DEFAULT_MODEL)
  const log = readAccessLog(flags.from!)
  return {
    result: fitLog(log, { base, name: nameOf(flags), path: basename(flags.from!) }),
    lines: [logLines(log).join('\n')],
  }
}

const textOf = (comparison: Comparison, records: readonly RunRecord[]) =>
  heldOutText(comparison, new Map(records.map(({ run: { trace } }) => [trace.name, trace.durationMs])))
