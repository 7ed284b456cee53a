import { badInput, UserError } from '../base/errors.ts'
import { writeShard } from '../sim/tune/shard.ts'
import type { Executor, Scenario } from '../sim/tune/task.ts'
import { listedTasks } from '../sim/tune/tune.ts'
import { print, printJson } from './program.ts'
import type { RunPlan } from './runOptions.ts'
import type { SearchFlags } from './tuneOptions.ts'

/** One share of several: 1 to `of`. */
interface Share {
  shard: number
  of: number
}

/** `2/4`: the second of four shares. @throws UserError for anything else. */
function parseShare(text: string): Share {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim())
  const [shard, of] = [Number(match?.[1]), Number(match?.[2])]
  if (!match || shard < 1 || shard > of)
    throw badInput({ place: '--shard', value: text, expected: 'a share such as 2/4, from 1/4 to 4/4' })
  return { shard, of }
}

interface ShardFlags extends SearchFlags {
  shard?: string
  out?: string
}

/**
 * The share that the flags ask for, null without. Only a random search can be shared out beforehand: each generation of the
 * other depends on the runs of the one before.
 */
export function shareOf(flags: ShardFlags): Share | null {
  if (flags.shard === undefined) return null
  const share = parseShare(flags.shard)
  const lacking = [
    ...(flags.method === 'random' ? [] : ['--method random']),
    ...(flags.evaluations === undefined ? ['--evaluations'] : []),
    ...(flags.out === undefined ? ['--out'] : []),
  ]
  if (lacking.length > 0) throw new UserError(`--shard ${flags.shard} needs ${lacking.join(', ')} too`)
  return share
}

/** Makes one share of a random search's runs and says how to go on. */
export async function runShard(
  flags: ShardFlags,
  share: Share,
  setup: { plans: readonly RunPlan[]; pinned: readonly string[]; scenarios: readonly Scenario[] },
  executor: Executor,
): Promise<void> {
  const { policy, parameters } = setup.plans[0]!
  const scenarios = setup.scenarios.slice(0, flags.trace.length)
  const tasks = listedTasks({
    policy,
    base: parameters,
    pinned: setup.pinned,
    scenarios: scenarios.length,
    seeds: flags.seeds,
    seed: flags.seed,
    evaluations: flags.evaluations!,
  })
  const out = flags.out!
  const runs = await writeShard(out, { scenarios, tasks, ...share }, executor)
  if (flags.json) return printJson({ ...share, runs, out })
  print(
    [
      `${runs} runs of shard ${share.shard}/${share.of} in ${out}`,
      'when all are there: sim merge SHARD... --out runs.ndjson',
      'then, with --journal runs.ndjson in place of --shard and --out, the same command makes only the last runs',
    ].join('\n'),
  )
}
