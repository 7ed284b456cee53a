import { rename, writeFile } from 'node:fs/promises'
import { assert } from '../../base/assert.ts'
import { hashOf } from '../../base/hash.ts'
import { ndjson, type Result } from './result.ts'
import type { Executor, Scenario, Task } from './task.ts'
import { scenarioHash, taskHash } from './taskHash.ts'

/** The first line of a shard's file: enough to see, from all the files, that nothing is missing. */
export interface ShardHeader {
  /** 1 to `of`. */
  shard: number
  of: number
  /** Hash of the ids of all shards' tasks. */
  whole: string
  /** The ids of this shard's tasks, sorted. */
  ids: readonly string[]
}

/** A task by its name (taskHash.ts). */
export type NamedTask = Task & { id: string }

/** Each task once, by name. */
export function namedTasks(scenarios: readonly Scenario[], tasks: readonly Task[]): NamedTask[] {
  const hashes = scenarios.map(scenarioHash)
  const named = tasks.map((task) => ({ ...task, id: taskHash(hashes, task) }))
  return [...new Map(named.map((task) => [task.id, task])).values()]
}

/** Hash of a set of ids, whatever their order. */
export const wholeHash = (ids: readonly string[]): string => hashOf([...ids].sort())

/**
 * The `shard`-th of `of` shares, 1 to `of`: by the hash alone, so that a task goes to the same one whatever else there is, and the
 * shares are about even.
 */
export function shardOf<T extends { id: string }>(tasks: readonly T[], shard: number, of: number): T[] {
  assert(Number.isInteger(shard) && shard >= 1 && shard <= of, `shard ${shard} is one of ${of}`)
  return tasks.filter(({ id }) => 1 + (Number.parseInt(id.slice(0, 12), 16) % of) === shard)
}

/** Runs one share and writes its file, which appears when it is whole. Returns how many runs are in it. */
export async function writeShard(
  path: string,
  {
    scenarios,
    tasks,
    shard,
    of,
  }: { scenarios: readonly Scenario[]; tasks: readonly Task[]; shard: number; of: number },
  executor: Executor,
): Promise<number> {
  const all = namedTasks(scenarios, tasks)
  const own = shardOf(all, shard, of).sort((a, b) => (a.id < b.id ? -1 : 1))
  const header: ShardHeader = {
    shard,
    of,
    whole: wholeHash(all.map(({ id }) => id)),
    ids: own.map(({ id }) => id),
  }
  const metrics = await executor.run(own)
  const results = own.map(({ id }, i): Result => ({ id, metrics: metrics[i]! }))
  await writeFile(`${path}.part`, ndjson([header, ...results]))
  await rename(`${path}.part`, path)
  return own.length
}
