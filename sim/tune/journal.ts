import { appendFileSync, closeSync, openSync, truncateSync } from 'node:fs'
import type { Metrics } from '../../analysis/metrics.ts'
import { UserError } from '../../base/errors.ts'
import { isGivenFile, LONGEST_TEXT_BYTES, readBytesFile, textOf } from '../../base/readText.ts'
import { ndjson, parseResult, RESULT_START, type Result } from './result.ts'
import type { Executor, Scenario, Task } from './task.ts'
import { scenarioHash, taskHash } from './taskHash.ts'

/**
 * An executor that remembers: what is in the journal is not run again, what was run is appended batch by batch.
 * So a search that was stopped goes on where it was, since its way depends on the metrics alone. A last line that
 * was cut short is dropped and its run made again.
 */
export class JournalExecutor implements Executor {
  readonly #inner: Executor
  readonly #scenarios: readonly string[]
  readonly #known: Map<string, Metrics>
  readonly #file: number

  /** @throws UserError where the file is no journal. */
  constructor(inner: Executor, scenarios: readonly Scenario[], path: string) {
    this.#inner = inner
    this.#scenarios = scenarios.map(scenarioHash)
    this.#known = readJournal(path)
    this.#file = openSync(path, 'a')
  }

  /** Runs that the journal held. */
  get known(): number {
    return this.#known.size
  }

  async run(tasks: readonly Task[]): Promise<Metrics[]> {
    const ids = tasks.map((task) => taskHash(this.#scenarios, task))
    const fresh = new Map(tasks.map((task, i) => [ids[i]!, task]))
    for (const id of ids) if (this.#known.has(id)) fresh.delete(id)
    const metrics = fresh.size > 0 ? await this.#inner.run([...fresh.values()]) : []
    const results = [...fresh.keys()].map((id, i): Result => ({ id, metrics: metrics[i]! }))
    for (const result of results) this.#known.set(result.id, result.metrics)
    if (results.length > 0) appendFileSync(this.#file, ndjson(results))
    return ids.map((id) => this.#known.get(id)!)
  }

  async close(): Promise<void> {
    closeSync(this.#file)
    await this.#inner.close()
  }
}

function readJournal(path: string): Map<string, Metrics> {
  if (!isGivenFile(path)) return new Map()
  const place = `--journal ${path}`
  const bytes = readBytesFile(path, { place, mostBytes: LONGEST_TEXT_BYTES })
  const whole = bytes.lastIndexOf('\n') + 1
  const known = new Map<string, Metrics>()
  const add = (line: string, number: number) => {
    const result = parseResult(line)
    if (!result) throw notOfASearch(`${place}, line ${number} is ${shown(line)}, expected a run of a search`)
    const other = known.get(result.id)
    if (other && JSON.stringify(other) !== JSON.stringify(result.metrics))
      throw notOfASearch(`${place}, line ${number} is another result of a run above, expected each run once`)
    known.set(result.id, result.metrics)
  }
  const lines = textOf(bytes.subarray(0, whole), place).split('\n').slice(0, -1)
  for (const [i, line] of lines.entries()) add(line, i + 1)
  addLast(path, { bytes, whole, add: (line) => add(line, lines.length + 1) })
  return known
}

const notOfASearch = (what: string) => new UserError(`${what}. Give the journal of a search, or a new file`)

const shown = (line: string) => JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}...` : line)

/** What is behind the last whole line: a run whose newline is missing, or the beginning of one, which the next must not follow. */
function addLast(
  path: string,
  { bytes, whole, add }: { bytes: Buffer; whole: number; add: (line: string) => void },
): void {
  if (whole === bytes.length) return
  const last = bytes.toString('utf8', whole)
  if (parseResult(last)) {
    add(last)
    appendFileSync(path, '\n')
  } else if (isBeginning(last)) truncateSync(path, whole)
  else add(last)
}

/** Of a line that `ndjson` writes: a file that was given by mistake must not be shortened. */
const isBeginning = (text: string) => RESULT_START.startsWith(text.slice(0, RESULT_START.length))
