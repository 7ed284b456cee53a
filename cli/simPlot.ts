import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { readGiven } from './plot/given.ts'
import { KINDS, type Kind, kindOf } from './plot/kinds.ts'
import { FORMATS, type Format, formatFor, writePlot } from './plot/write.ts'
import { remark } from './program.ts'

interface Flags {
  kind?: Kind
  sla: string
  format?: Format
  out?: string
  model?: string
  x?: string
  y?: string
}

/** sim plot: pictures of records, of a model's fits and of a search, by what they are. */
export function simPlot(program: Command): void {
  program
    .command('plot')
    .description(
      'draw runs (over time, by window, by percentile, as trade-offs), calibrations, fits and searches',
    )
    .argument('<path...>', 'records or folders of them; or a model.json; or what sim tune --out wrote')
    .addOption(
      new Option('--kind <what>', 'what is drawn (default: by what there is)').choices(Object.keys(KINDS)),
    )
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .addOption(
      new Option(
        '--format <what>',
        'of the picture; html is a page of its own with the data, to hover over',
      ).choices(FORMATS),
    )
    .option('-o, --out <file>', 'the picture, .svg, .png or .html; beside the first record otherwise')
    .option('--model <name|file>', 'for elasticity: the model that the demand comes from')
    .option('--x <parameter>', 'for a landscape: across (default: of the two that matter most)')
    .option('--y <parameter>', 'for a landscape: upwards')
    .addHelpText(
      'after',
      '\nExamples: sim plot runs/predicted runs/measured --kind latency -o latency.html\n          sim tune --policy pid --trace spike --out found.json && sim plot found.json',
    )
    .action(run)
}

async function run(paths: string[], { kind, format, out, sla, ...more }: Flags): Promise<void> {
  const flags = { ...more, sla: parseSla(sla) }
  const as = formatFor({ format, out })
  const given = await readGiven(paths)
  const drawn = kind ?? kindOf(given)
  const picture = await KINDS[drawn](given, flags)
  const beside = given.file || paths.length > 1 ? dirname(given.folders[0] ?? paths[0]!) : paths[0]!
  const path = out ?? join(beside, `${drawn}.${as}`)
  await writePlot(picture, path, as)
  remark(`picture: ${path}`)
}
