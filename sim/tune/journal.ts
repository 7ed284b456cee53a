import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import type { Metrics } from '../../analysis/metrics.ts'
import { UserError } from '../../base/errors.ts'
import type { Executor, Scenario, Task } from './task.ts'
import { scenarioHash, taskHash } from './taskHash.ts'

/** One run in a journal: a line of JSON. */
interface Entry {
  id: string
  metrics: Metrics
}

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
    const fresh: Task[] = []
    const freshIds: string[] = []
    const taken = new Set<string>()
    ids.forEach((id, i) => {
      if (this.#known.has(id) || taken.has(id)) return
      taken.add(id)
      fresh.push(tasks[i]!)
      freshIds.push(id)
    })
    const metrics = fresh.length > 0 ? await this.#inner.run(fresh) : []
    const lines = metrics.map((own, i) => {
      this.#known.set(freshIds[i]!, own)
      return `${JSON.stringify({ id: freshIds[i]!, metrics: own } satisfies Entry)}\n`
    })
    if (lines.length > 0) appendFileSync(this.#file, lines.join(''))
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
  const cut = lines.pop()
  const entries = lines.map((line, i): [string, Metrics] => {
    const entry = parseEntry(line)
    if (entry) return [entry.id, entry.metrics]
    throw new UserError(
      `--journal ${path}, line ${i + 1} is no run of a search. Give the journal of a search, or a new file`,
    )
  })
  // The next line must not be glued to the one that was cut.
  if (cut) appendFileSync(path, '\n')
  return new Map(
    cut && parseEntry(cut) ? [...entries, [parseEntry(cut)!.id, parseEntry(cut)!.metrics]] : entries,
  )
}

function parseEntry(line: string): Entry | null {
  try {
    const entry = JSON.parse(line) as Partial<Entry>
    return typeof entry.id === 'string' && typeof entry.metrics === 'object' ? (entry as Entry) : null
  } catch {
    return null
  }
}
