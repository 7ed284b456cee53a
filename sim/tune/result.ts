import { METRICS, type Metrics } from '../../analysis/metrics.ts'

/** One run's result: a line of JSON in a search's journal and in a shard. */
export interface Result {
  /** The name of its task, taskHash.ts. */
  id: string
  metrics: Metrics
}

/** Null where the line is no result: cut short, or something else. */
export function parseResult(line: string): Result | null {
  const value = jsonOf(line)
  return isResult(value) ? value : null
}

/** Null where it is no JSON. */
export function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

export const ndjson = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('')

function isResult(value: unknown): value is Result {
  const result = value as Partial<Result> | null
  const metrics = result?.metrics
  return (
    typeof result?.id === 'string' &&
    typeof metrics === 'object' &&
    metrics !== null &&
    METRICS.every((name) => metrics[name] === null || typeof metrics[name] === 'number')
  )
}
