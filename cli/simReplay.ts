import type { Command } from 'commander'
import { UserError } from '../base/errors.ts'
import { findRecords, readRecord } from '../record/read.ts'
import { replay } from '../sim/replay.ts'
import { loadPolicy } from './loadPolicy.ts'
import { print, printJson } from './program.ts'

/** sim replay: recorded observations through the policy again; the decisions must be the same. */
export function simReplay(program: Command): void {
  program
    .command('replay')
    .description('hand a record’s observations to its policy again: the same decisions, bit for bit')
    .argument('<run...>', 'records of live run or sim run')
    .option('--policy <name|file>', 'the policy, where it was a file of your own')
    .option('--json', 'print one JSON object instead of lines')
    .action(run)
}

async function run(paths: string[], flags: { policy?: string; json?: boolean }): Promise<void> {
  const results = []
  for (const folder of await findRecords(paths)) {
    const record = await readRecord(folder)
    const policy = await loadPolicy(flags.policy ?? record.run.policy.name)
    results.push({ run: folder, ticks: record.ticks.length, disagreements: replay(record, policy) })
  }
  if (flags.json) printJson({ runs: results })
  else
    for (const { run: folder, ticks, disagreements } of results)
      print(lineOf(folder, ticks, disagreements.length))
  const wrong = results.find(({ disagreements }) => disagreements.length > 0)
  if (wrong) {
    const { tick, recorded, replayed } = wrong.disagreements[0]!
    const details = `tick ${tick} recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}`
    throw new UserError(`${wrong.run} does not replay: ${details}`, { exitCode: 4 })
  }
}

function lineOf(folder: string, ticks: number, wrong: number): string {
  const share = ticks === 0 ? 100 : (100 * (ticks - wrong)) / ticks
  return `${folder}: ${ticks - wrong} of ${ticks} decisions the same (${share.toFixed(share === 100 ? 0 : 1)} %)`
}
