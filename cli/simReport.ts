import { rename, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Command } from 'commander'
import { DEFAULT_SLA, parseSla } from '../analysis/sla.ts'
import { badInput } from '../base/errors.ts'
import { readTextFile } from '../base/readText.ts'
import { print, remark } from './program.ts'
import { collect } from './runOptions.ts'

interface Flags {
  out: string[]
  sla: string
  model?: string
  text?: string
  authors?: string
  title: string
}

/** The parsers of Markdown and YAML take seconds for a few megabytes. */
const MOST_TEXT_BYTES = 2 ** 20

const FORMATS = ['.pdf', '.html'] as const
type Format = (typeof FORMATS)[number]

/** sim report: the document of an experiment, from its records. */
export function simReport(program: Command): void {
  program
    .command('report')
    .description('write the report of an experiment from its records: PDF, and the same as one HTML page')
    .argument('<run...>', 'records of either side and of live calibrate, or folders of them at any depth')
    .option(
      '-o, --out <file>',
      'report.pdf or report.html; report writes both; repeat for more (default: report.pdf)',
      collect,
      [],
    )
    .option('--sla <text>', 'what is promised', DEFAULT_SLA)
    .option('--model <name|file>', 'the model that is described (default: fitted to the calibration)')
    .option(
      '--text <file>',
      'Markdown of your own, by section: ## abstract, motivation, architecture, policy, calibration, final, discussion, limits',
    )
    .option('--authors <file>', 'YAML: a list of name, affiliation, email and contributions')
    .option('--title <text>', 'of the report', 'An automatically scaled web service')
    .addHelpText(
      'after',
      '\nExample: sim report runs/calibration runs/experiment --text own.md --authors authors.yaml -o report.pdf\nA section without records is left out; the last page says which command would fill it.',
    )
    .action((paths: string[], flags: Flags) => run(paths, flags))
}

async function run(paths: string[], flags: Flags): Promise<void> {
  const targets = targetsOf(flags.out.length === 0 ? ['report.pdf'] : flags.out)
  const sla = parseSla(flags.sla)
  const { drawingsOf, makeReport, parseAuthors, parseOwnText, renderHtml, renderPdf } = await import(
    '../report/index.ts'
  )
  const { materialOf } = await import('./report/material.ts')
  const own = flags.text === undefined ? {} : parseOwnText(givenText('--text', flags.text), flags.text)
  const authors =
    flags.authors === undefined
      ? []
      : await parseAuthors(givenText('--authors', flags.authors), flags.authors)
  const material = await materialOf(paths, { sla, model: flags.model })
  const document = makeReport({
    ...material,
    title: flags.title,
    authors,
    own,
    command: await commandOf(paths, flags),
  })
  const drawings = await drawingsOf(document)
  const render: Record<Format, () => Promise<string | Buffer> | string> = {
    '.pdf': () => renderPdf(document, drawings),
    '.html': () => renderHtml(document, drawings),
  }
  for (const { path, format } of targets) {
    await writeFile(`${path}.part`, await render[format]())
    await rename(`${path}.part`, path)
    print(path)
  }
  for (const { title, id } of document.sections)
    if (id === 'absent') remark(`${title.toLowerCase()}: see its end`)
}

/** Files by their ending; without one both. */
function targetsOf(out: readonly string[]): { path: string; format: Format }[] {
  return out.flatMap((path) => {
    const ending = extname(path).toLowerCase()
    if (ending === '') return FORMATS.map((format) => ({ path: `${path}${format}`, format }))
    const format = FORMATS.find((one) => one === ending)
    if (format) return [{ path, format }]
    throw badInput({
      place: '--out',
      value: path,
      expected: 'a path that ends in .pdf or .html, or one without an ending for both',
    })
  })
}

const givenText = (flag: string, path: string): string =>
  readTextFile(path, { place: `${flag} ${path}`, mostBytes: MOST_TEXT_BYTES })

async function commandOf(paths: readonly string[], { out, sla, model, text, authors, title }: Flags) {
  const { quoted } = await import('../report/index.ts')
  return [
    `bin/sim report ${paths.map(quoted).join(' ')}`,
    ...(sla === DEFAULT_SLA ? [] : [`--sla ${quoted(sla)}`]),
    ...(model === undefined ? [] : [`--model ${quoted(model)}`]),
    ...(text === undefined ? [] : [`--text ${quoted(text)}`]),
    ...(authors === undefined ? [] : [`--authors ${quoted(authors)}`]),
    `--title ${quoted(title)}`,
    ...(out.length === 0 ? ['report.pdf'] : out).map((path) => `-o ${quoted(path)}`),
  ].join(' ')
}
