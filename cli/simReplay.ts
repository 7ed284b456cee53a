import type { Command } from 'commander'
import { badInput, UserError } from '../base/errors.ts'
import { hashOf } from '../base/hash.ts'
import type { Policy, Rollout } from '../policies/policy.ts'
import { findRecords, readRecord } from '../record/read.ts'
import type { RunRecord } from '../record/schema.ts'
import { readModel } from '../sim/readModel.ts'
import { replay } from '../sim/replay.ts'
import { rolloutFor } from '../sim/rollout.ts'
import type { Trace } from '../traces/trace.ts'
import { remarkDoubts } from './believe.ts'
import { loadPolicy, policyOfRecord } from './loadPolicy.ts'
import { print, printJson } from './program.ts'

/** sim replay: recorded observations through the policy again; the decisions must be the same. */
export function simReplay(program: Command): void {
  program
    .command('replay')
    .description('hand a record’s observations to its policy again: the same decisions, bit for bit')
    .argument('<run...>', 'records of live run or sim run')
    .option('--policy <name|file>', 'the policy, where it was a file of your own')
    .option('--model <name|file>', 'the model, where its policy simulates and it was a file of your own')
    .option('--json', 'print one JSON object instead of lines')
    .action(run)
}

interface Flags {
  policy?: string
  model?: string
  json?: boolean
}

async function run(paths: string[], flags: Flags): Promise<void> {
  const results = []
  for (const folder of await findRecords(paths)) {
    const record = await readRecord(folder)
    remarkDoubts([folder], [record])
    const policy = await (flags.policy ? loadPolicy(flags.policy) : policyOfRecord(record.run.policy.name))
    const disagreements = replay(record, policy, await rolloutOfRecord(record, policy, flags.model))
    const byHand = record.ticks.filter((row) => row.byHand).length
    results.push({ run: folder, ticks: record.ticks.length, byHand, disagreements })
  }
  if (flags.json) printJson({ runs: results })
  else for (const result of results) print(lineOf(result))
  const wrong = results.find(({ disagreements }) => disagreements.length > 0)
  if (wrong) {
    const { tick, recorded, replayed } = wrong.disagreements[0]!
    const details = `tick ${tick} recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}`
    throw new UserError(`${wrong.run} does not replay: ${details}`, { exitCode: 4 })
  }
}

/** What its policy was handed; null where that needs none. @throws UserError where the model is not the record's. */
async function rolloutOfRecord(
  { run }: RunRecord,
  policy: Policy,
  nameOrPath = run.model?.name,
): Promise<Rollout | null> {
  if (policy.needs !== 'rollout' || nameOrPath === undefined) return null
  const model = await readModel(nameOrPath)
  if (hashOf(model) !== run.model?.hash) {
    throw badInput({
      place: '--model',
      value: nameOrPath,
      expected: `the model ${run.model?.name} that the record names, hash ${run.model?.hash.slice(0, 8)}`,
      remedy: `${policy.name} simulates with it at each tick`,
    })
  }
  const { control, service, trace } = run
  return rolloutFor({ policy, model, control, service, trace: trace as Trace })
}

interface Replayed {
  run: string
  ticks: number
  /** Of them, decided by a person: not replayed. */
  byHand: number
  disagreements: readonly unknown[]
}

function lineOf({ run: folder, ticks, byHand, disagreements }: Replayed): string {
  const asked = ticks - byHand
  const same = asked - disagreements.length
  const share = asked === 0 ? 100 : (100 * same) / asked
  const left =
    byHand === 0 ? '' : `; ${byHand} further ${byHand === 1 ? 'tick was' : 'ticks were'} decided by hand`
  return `${folder}: ${same} of ${asked} decisions the same (${share.toFixed(share === 100 ? 0 : 1)} %)${left}`
}
