import { rename, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { mergeShards } from '../sim/tune/merge.ts'
import { ndjson } from '../sim/tune/result.ts'
import { print, printJson, remark } from './program.ts'

/** sim merge: the files of all shards of a search into one. */
export function simMerge(program: Command): void {
  program
    .command('merge')
    .description('put the shards of a list of runs together, and see that none is missing')
    .argument('<shard...>', 'the files of all shards')
    .option('-o, --out <file>', 'write the runs there, a line of JSON each, instead of to stdout')
    .option('--json', 'print one JSON object: shards, runs, and the results where there is no --out')
    .action(run)
}

async function run(paths: string[], { out, json }: { out?: string; json?: boolean }): Promise<void> {
  const { shards, results } = await mergeShards(paths)
  if (out !== undefined) {
    await writeFile(`${out}.part`, ndjson(results))
    await rename(`${out}.part`, out)
  }
  const summary = { shards, runs: results.length }
  if (json) return printJson(out === undefined ? { ...summary, results } : { ...summary, out })
  if (out === undefined) print(ndjson(results))
  remark(`${results.length} runs of ${shards} shards, complete`)
}
