import { table } from '../../cli/output.ts'
import { main, makeProgram, print, printJson, remark } from '../../cli/program.ts'
import { wholeNumber } from '../../cli/runOptions.ts'
import { machine } from '../report.ts'
import { dispersionTable, dispersionVerdicts, measureDispersion } from './dispersionBench.ts'
import { latenessTable, latenessVerdicts, measureLateness } from './lateness.ts'
import { measureOmission, omissionTable, omissionVerdicts } from './omission.ts'

/** A server that stalls 1 s every 10 s. */
const STALLS = { serviceMs: 1, stallMs: 1000, everyMs: 10_000 }
const RATES_PER_S = [200, 1000]
/** Of which each of the tools' ten clients has a tenth: a stall holds ten requests up in place of two hundred. */
const OMISSION_RATE_PER_S = 200

interface Flags {
  rounds: number
  seconds: number
  minute: number
  only?: string
  node: string
  json?: boolean
}

const program = makeProgram(
  'bench:load',
  'how well the load generator keeps its times, and whether it tells the truth',
)
  .option('--rounds <n>', 'interleaved rounds of the lateness', wholeNumber(1, 100), 5)
  .option('--seconds <n>', 'length of each of its runs', wholeNumber(2, 600), 10)
  .option('--minute <seconds>', 'length of the runs of the other two parts', wholeNumber(10, 3600), 60)
  .option('--only <part>', 'lateness, dispersion or omission')
  .option('--node <flags>', "flags of Node for the lateness, to try them: '--single-threaded-gc'", '')
  .option('--json', 'print one JSON object instead of tables')
  .addHelpText(
    'after',
    '\nOn a quiet machine: six minutes. Needs haproxy, wrk, hey and python3-locust of Debian.\nExit code 1: a promise was not kept.',
  )
  .action(run)

await main(program)

async function run(flags: Flags): Promise<void> {
  const wanted = (part: string) => (flags.only ?? part) === part
  const { rounds, seconds, minute } = flags
  const lateness = wanted('lateness')
    ? await measureLateness({ rounds, seconds, node: words(flags.node) }, remark)
    : []
  const dispersion = []
  for (const ratePerS of wanted('dispersion') ? RATES_PER_S : []) {
    remark(`dispersion: ${minute} s at ${ratePerS}/s`)
    dispersion.push(...(await measureDispersion({ ratePerS, seconds: minute, seed: 1 })))
  }
  const load = { ratePerS: OMISSION_RATE_PER_S, seconds: minute, seed: 1 }
  const omission = wanted('omission') ? await measureOmission(STALLS, load, remark) : []
  const verdicts = [
    ...(lateness.length > 0 ? latenessVerdicts(lateness) : []),
    ...(dispersion.length > 0 ? dispersionVerdicts(dispersion) : []),
    ...(omission.length > 0 ? omissionVerdicts(omission) : []),
  ]
  if (flags.json) printJson({ machine: machine(), flags, lateness, dispersion, omission, verdicts })
  else {
    const tables = [
      lateness.length > 0 && (await latenessTable(lateness)),
      dispersion.length > 0 && (await dispersionTable(dispersion)),
      omission.length > 0 && (await omissionTable(STALLS, omission)),
      await table(
        ['promise', 'found', ''],
        verdicts.map(({ what, found, met }) => [what, found, met ? 'kept' : 'MISSED']),
      ),
    ]
    print(tables.filter(Boolean).join('\n\n'))
  }
  if (verdicts.some(({ met }) => !met)) process.exitCode = 1
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}
