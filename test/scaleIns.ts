import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../base/errors.ts'
import { table } from '../cli/output.ts'
import { main, makeProgram, print, remark } from '../cli/program.ts'
import { wholeNumber } from '../cli/runOptions.ts'
import { lostRequests, type ScaleInCounts, scaleInRun } from './scaleInRun.ts'

/** Scale-ins of one run: a minute. Starts that came too late are made up for by further runs. */
const A_RUN = 20

const program = makeProgram(
  'scaleIns',
  'a steady load on the real service while it is scaled in: is a request lost?',
)
  .option('--scale-ins <n>', 'how many at least', wholeNumber(1, 10_000), 100)
  .option('--requests <n>', 'how many over them at least', wholeNumber(1, 1_000_000), 10_000)
  .action(run)
await main(program)

async function run({ scaleIns, requests }: { scaleIns: number; requests: number }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'scaletwin-test-'))
  const runs: ScaleInCounts[] = []
  const sum = (of: keyof Omit<ScaleInCounts, 'verdict'>) => runs.reduce((total, one) => total + one[of], 0)
  try {
    for (;;) {
      const lacking = Math.max(1 - sum('scaleIns') / scaleIns, 1 - sum('wanted') / requests)
      if (lacking <= 0) break
      const more = Math.min(A_RUN, Math.max(2, Math.ceil(lacking * scaleIns)))
      const part = { scaleIns: more, requests: Math.ceil((requests * more) / scaleIns) }
      const counts = await scaleInRun({ ...part, cwd: folder, out: `part-${runs.length + 1}` })
      runs.push(counts)
      remark(
        `${sum('scaleIns')} of ${scaleIns} scale-ins, ${sum('ok')} of ${sum('wanted')} requests answered well`,
      )
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  const names = ['scaleIns', 'wanted', 'sent', 'ok', 'logged', 'served'] as const
  const rows = runs.map((one, i) => [String(i + 1), ...names.map((name) => String(one[name]))])
  print(await table(['run', ...names], [...rows, ['all', ...names.map((name) => String(sum(name)))]]))
  for (const [i, { verdict }] of runs.entries())
    if (verdict.length > 0) remark(`run ${i + 1} is not valid: ${verdict.join('; ')}`)
  const lost = runs.flatMap(lostRequests)
  if (lost.length > 0) throw new UserError(lost.join('\n'), { exitCode: 4 })
}
