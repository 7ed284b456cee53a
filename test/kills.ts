import { UserError } from '../base/errors.ts'
import { formatDuration } from '../base/units.ts'
import { table } from '../cli/output.ts'
import { main, makeProgram, print, remark } from '../cli/program.ts'
import { wholeNumber } from '../cli/runOptions.ts'
import { killRuns } from './killRuns.ts'

const program = makeProgram('kills', 'kills live runs (-9) at random moments and looks what is left of them')
  .option('--kills <n>', 'how many', wholeNumber(1, 10_000), 200)
  .option('--seed <n>', 'of the moments', wholeNumber(0, 2 ** 31), 1)
  .option('--at-once <n>', 'runs side by side', wholeNumber(1, 10), 1)
  .option('--down-every <n>', 'live down after so many kills', wholeNumber(1, 1000), 10)
  .option('--within <s>', 'the latest moment, s after the start', wholeNumber(1, 60), 13)
  .action(run)
await main(program)

async function run(flags: {
  kills: number
  seed: number
  atOnce: number
  downEvery: number
  within: number
}) {
  const { kills, problems } = await killRuns({ ...flags, withinMs: flags.within * 1000, say: remark })
  const rows = kills.map(({ number, afterMs, doing, record }) => [
    String(number),
    formatDuration(afterMs),
    doing,
    record,
  ])
  print(await table(['kill', 'after', 'in the middle of', 'record'], rows, 4))
  print(`\n${kills.length} kills, ${problems.length} problems`)
  if (problems.length > 0) throw new UserError(problems.join('\n'), { exitCode: 4 })
}
