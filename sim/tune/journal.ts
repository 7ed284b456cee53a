import { appendFileSync, closeSync, existsSync, openSync, readFileSync, truncateSync } from 'node:fs'
import type { Metrics } from '../../analysis/metrics.ts'
import { UserError } from '../../base/errors.ts'
import { ndjson, parseResult, type Result } from './result.ts'
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
  if (!existsSync(path)) return new Map()
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  const last = lines.pop()
  const results = lines.map((line, i): Result => {
    const result = parseResult(line)
    if (result) return result
    throw new UserError(
      `--journal ${path}, line ${i + 1} is no run of a search. Give the journal of a search, or a new file`,
    )
  })
  const whole = last ? parseResult(last) : null
  if (whole) {
    results.push(whole)
    appendFileSync(path, '\n')
  } else if (last) {
    // What is left of a line that was cut must not be in the way of the next one.
    truncateSync(path, Buffer.byteLength(text) - Buffer.byteLength(last))
  }
  return new Map(results.map(({ id, metrics }) => [id, metrics]))
}
