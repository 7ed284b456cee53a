import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { findRecords, readRecord } from '../record/read.ts'
import { cdfOf, type Distribution, meanOf } from '../sim/distribution.ts'
import { type FitResult, fitModel } from '../sim/fit/fit.ts'
import type { Fitted, Model } from '../sim/model.ts'
import { table } from './output.ts'
import { print, printJson, remark } from './program.ts'

/** sim fit: a model from the records of live calibrate. */
export function simFit(program: Command): void {
  program
    .command('fit')
    .description('fit a model to calibration runs')
    .argument('<run...>', 'records of live calibrate, or folders of them')
    .requiredOption('-o, --out <file>', 'where the model goes, such as model.json')
    .option('--name <name>', "the model's name; the file's name otherwise")
    .option('--pictures <folder>', 'draw each fit against the data that it did not see, there')
    .option('--json', 'print the model instead of a table')
    .action(run)
}

async function run(
  paths: string[],
  flags: { out: string; name?: string; pictures?: string; json?: boolean },
): Promise<void> {
  const folders = await findRecords(paths)
  const records = await Promise.all(folders.map(readRecord))
  const name = flags.name ?? basename(flags.out).replace(/\.json$/, '')
  const ids = folders.map((folder) => basename(folder))
  const { model, remarks, diagnostics } = fitModel(records, ids, name)
  await writeFile(`${flags.out}.part`, `${JSON.stringify(model, null, 2)}\n`)
  await rename(`${flags.out}.part`, flags.out)
  for (const line of remarks) remark(line)
  if (flags.pictures) await draw(diagnostics, flags.pictures)
  if (flags.json) return printJson(model)
  print(await modelTable(model))
  remark(`model in ${flags.out}; next: sim run --policy pid --trace spike --model ${flags.out}`)
}

/** Each fitted quantity: mean with its interval, family, and its distance on held-out data. */
async function modelTable(model: Model): Promise<string> {
  const rows = [
    ...Object.entries(model.classes).flatMap(([name, own]) => [
      row(`${name}: blocking`, own.blockingMs),
      row(`${name}: CPU`, own.cpuMs),
      row(`${name}: overhead`, own.overheadMs),
    ]),
    row('transit', model.transitMs),
    row('cold start', model.startup.cold),
    row('stop', model.stopMs),
  ]
  const { slowdownPerConcurrent: slow } = model.startup
  const more = `each further simultaneous start lengthens a start by ${share(slow.estimate)} (95 %: ${share(slow.lo)} to ${share(slow.hi)})`
  const head = ['ms', 'mean', '95 % interval', 'n', 'distribution', 'KS held out', 'critical 5 %']
  return `${await table(head, rows)}\n\n${more}`
}

const share = (value: number | null) => (value === null ? '?' : `${(100 * value).toFixed(0)} %`)

function row(label: string, { distribution, evidence }: Fitted): string[] {
  const mean = meanOf(distribution).toFixed(2)
  if (!evidence) return [label, mean, '', '1', describe(distribution), '', '']
  const { lo, hi } = evidence.mean
  const interval = lo === null || hi === null ? '' : `${lo.toFixed(2)} to ${hi.toFixed(2)}`
  const { statistic, critical5 } = evidence.heldOutKs
  return [
    label,
    mean,
    interval,
    String(evidence.samples),
    describe(distribution),
    statistic.toFixed(3),
    critical5.toFixed(3),
  ]
}

function describe(distribution: Distribution): string {
  if (distribution.family === 'empirical') return `empirical, ${distribution.quantiles.length} quantiles`
  const numbers = Object.entries(distribution).filter(([name]) => name !== 'family')
  return `${distribution.family} ${numbers.map(([name, value]) => `${name} ${Number(value).toPrecision(4)}`).join(', ')}`
}

const CDF_POINTS = 200

async function draw(diagnostics: FitResult['diagnostics'], folder: string): Promise<void> {
  const { fitSpec, writePicture } = await import('../plots/index.ts')
  await mkdir(folder, { recursive: true })
  for (const { label, sample, distribution } of diagnostics) {
    const top = sample.at(-1)!
    const xs = Array.from({ length: CDF_POINTS + 1 }, (_, i) => (i / CDF_POINTS) * top * 1.05)
    const cdf = xs.map((x) => ({ x, p: cdfOf(distribution, x) }))
    const path = join(folder, `fit-${label.replace(/[^A-Za-z]+/g, '-')}.svg`)
    await writePicture(fitSpec({ label, unit: 'ms', sample, cdf, subtitle: describe(distribution) }), path)
    remark(`picture: ${path}`)
  }
}
