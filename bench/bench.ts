import { rename, writeFile } from 'node:fs/promises'
import { badInput } from '../base/errors.ts'
import { main, makeProgram, print, remark } from '../cli/program.ts'
import { agreements } from './agreement.ts'
import { CASES, casesByName } from './cases.ts'
import { findContenders } from './contenders.ts'
import { measure } from './measure.ts'
import { machine, mediansOf, type Report, reportText } from './report.ts'
import { judgeTargets } from './targets.ts'

/** --quick: this share of the usual sizes; a period of the full model at least. */
const QUICK_SIZE = 0.02

interface Flags {
  rounds?: string
  size?: string
  cases?: string
  quick?: boolean
  long?: boolean
  strict?: boolean
  json?: string
  picture?: string
}

const program = makeProgram('bench', 'how fast the simulator is, beside plain C and SimPy on the same model')
  .option('--rounds <n>', 'interleaved rounds (5; 1 with --quick)')
  .option('--size <factor>', `requests a run, times the usual (1; ${QUICK_SIZE} with --quick)`)
  .option('--cases <names>', `some of ${CASES.map(({ name }) => name).join(',')}`)
  .option('--quick', 'one round of short runs: shows agreement, hardly speed')
  .option('--long', 'the longest run for the memory: 100 million requests')
  .option('--strict', 'a missed speed target is a failure')
  .option('--json <file>', 'write every measurement there')
  .option('--picture <file>', 'draw requests a second, .svg or .png')
  .addHelpText('after', '\nExit code 1: the contenders disagree, or with --strict a target is missed.')
  .action(run)

await main(program)

async function run(flags: Flags): Promise<void> {
  const options = {
    rounds: numberOf('--rounds', flags.rounds, flags.quick ? 1 : 5, { isWhole: true }),
    size: numberOf('--size', flags.size, flags.quick ? QUICK_SIZE : 1),
    long: flags.long ?? false,
  }
  const cases = flags.cases ? casesByName(flags.cases.split(',')) : CASES
  const { contenders, notices, dispose } = await findContenders()
  for (const notice of notices) remark(notice)
  try {
    const runs = await measure(cases, contenders, options, remark)
    const report: Report = {
      machine: machine(),
      contenders: contenders.map(({ name, label, version }) => ({ name, label, version })),
      options,
      medians: mediansOf(runs, contenders),
      targets: judgeTargets(runs),
      agreement: agreements(cases, runs),
      runs,
    }
    print(await reportText(report, cases))
    if (flags.json) await writeJson(flags.json, report)
    if (flags.picture) await draw(flags.picture, report)
    if (isFailure(report, flags.strict ?? false)) process.exitCode = 1
  } finally {
    await dispose()
  }
}

function isFailure({ agreement, targets }: Report, isStrict: boolean): boolean {
  return agreement.some(({ agrees }) => !agrees) || (isStrict && targets.some(({ met }) => met === false))
}

function numberOf(place: string, text: string | undefined, usual: number, { isWhole = false } = {}): number {
  if (text === undefined) return usual
  const value = Number(text)
  if (value > 0 && value <= 1000 && (!isWhole || Number.isInteger(value))) return value
  throw badInput({ place, value: text, expected: `a ${isWhole ? 'whole ' : ''}number above 0, at most 1000` })
}

async function writeJson(path: string, report: Report): Promise<void> {
  await writeFile(`${path}.part`, `${JSON.stringify(report, null, 2)}\n`)
  await rename(`${path}.part`, path)
}

async function draw(path: string, { machine, contenders, medians }: Report): Promise<void> {
  const { benchSpec, writePicture } = await import('../plots/index.ts')
  const shown = CASES.filter((bench) => !bench.once && !bench.agreementOnly && !bench.workers)
  const bars = shown.flatMap(({ name, what }) =>
    medians
      .filter((row) => row.case === name)
      .map((row) => ({
        group: what[0]!.toUpperCase() + what.slice(1),
        contender: contenders.find((each) => each.name === row.contender)!.label,
        requestsPerS: row.perCpuS,
      })),
  )
  const subtitle = `On one core of ${machine.cpu}, median of the rounds. Logarithmic: each line is ten times the last.`
  await writePicture(benchSpec({ bars, subtitle }), path)
}
