import { UserError } from '../../base/errors.ts'
import { LONGEST_TEXT_BYTES, readTextFile } from '../../base/readText.ts'
import { hasKeys, jsonOf, parseResult, type Result } from './result.ts'
import { type ShardHeader, wholeHash } from './shard.ts'

/** So many missing runs or shards are named in a message. */
const NAMED = 3

interface ShardFile {
  path: string
  header: ShardHeader
  results: readonly Result[]
}

export interface Merged {
  shards: number
  /** Sorted by id: the same whatever the number of shards and the order of their files. */
  results: Result[]
}

/**
 * The results of all shards of one list of tasks. @throws UserError where one is missing, cut short or damaged, belongs to
 * another list, or disagrees with another one.
 */
export async function mergeShards(paths: readonly string[]): Promise<Merged> {
  const files = paths.map(readShard)
  const [first] = files
  if (!first) throw new UserError('there is no shard to merge. Name the files of all shards')
  for (const file of files) assertOfOneList(first, file)
  const { of, whole } = first.header
  const known = new Set(files.map(({ header }) => header.shard))
  const lost = Array.from({ length: of }, (_, i) => i + 1).filter((shard) => !known.has(shard))
  if (lost.length > 0) {
    const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : ''
    throw new UserError(
      `shard ${lost.slice(0, NAMED).join(', ')}${more} of ${of} is missing. Add its file, or run it`,
    )
  }
  const results = [...unite(files).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (wholeHash(results.map(({ id }) => id)) !== whole)
    throw new UserError(`the ${of} shards do not add up to the list that their first lines speak of`)
  return { shards: of, results }
}

function assertOfOneList(first: ShardFile, file: ShardFile): void {
  const { header } = file
  if (header.of === first.header.of && header.whole === first.header.whole) return
  throw new UserError(
    `${file.path} is shard ${header.shard} of ${header.of} of another list of runs than ${first.path}. Merge the shards of one command only`,
  )
}

/** @throws UserError where two files say different things of one run. */
function unite(files: readonly ShardFile[]): Map<string, Result> {
  const found = new Map<string, { result: Result; path: string }>()
  for (const { path, results } of files) {
    for (const result of results) {
      const other = found.get(result.id)
      if (other && JSON.stringify(other.result) !== JSON.stringify(result)) {
        throw new UserError(
          `${path} and ${other.path} disagree about the run ${result.id.slice(0, 8)}. Make both shards with the same version`,
        )
      }
      found.set(result.id, { result, path })
    }
  }
  return new Map([...found].map(([id, { result }]) => [id, result]))
}

function readShard(path: string): ShardFile {
  const text = readTextFile(path, { mostBytes: LONGEST_TEXT_BYTES })
  const [head = '', ...lines] = text.split('\n')
  const header = jsonOf(head)
  if (!isHeader(header))
    throw new UserError(
      `${path}, line 1 is not the head of a shard. Give the files of shards, as they were written`,
    )
  if (lines.at(-1) === '') lines.pop()
  const results = lines.map((line, i) => {
    const result = parseResult(line)
    if (result) return result
    throw new UserError(`${path}, line ${i + 2} is no result of a run. Run its shard ${again(header)} again`)
  })
  assertComplete({ path, header, results })
  return { path, header, results }
}

function assertComplete({ path, header, results }: ShardFile): void {
  const own = new Set(header.ids)
  const found = new Set(results.map(({ id }) => id))
  const missing = header.ids.filter((id) => !found.has(id))
  const foreign = [...found].filter((id) => !own.has(id))
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).map((id) => id.slice(0, 8))
    const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : ''
    throw new UserError(
      `${path} lacks ${missing.length} of its ${header.ids.length} runs: ${named.join(', ')}${more}. Run its shard ${again(header)} again`,
    )
  }
  if (foreign.length > 0)
    throw new UserError(`${path} holds the run ${foreign[0]!.slice(0, 8)}, which is none of its shard's`)
}

const again = ({ shard, of }: ShardHeader) => `${shard}/${of}`

/** Far more than anybody has machines: a damaged count must not be counted up to. */
const MOST_SHARDS = 999_999

function isHeader(value: unknown): value is ShardHeader {
  if (!hasKeys(value, ['shard', 'of', 'whole', 'ids'])) return false
  const { shard, of, whole, ids } = value as Partial<Record<string, unknown>>
  return (
    Number.isInteger(of) &&
    Number.isInteger(shard) &&
    (shard as number) >= 1 &&
    (shard as number) <= (of as number) &&
    (of as number) <= MOST_SHARDS &&
    typeof whole === 'string' &&
    Array.isArray(ids) &&
    ids.every((id) => typeof id === 'string')
  )
}
