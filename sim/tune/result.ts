import { METRICS, type Metrics } from '../../analysis/metrics.ts'

/** One run's result: a line of JSON in a search's journal and in a shard. */
export interface Result {
  /** The name of its task, taskHash.ts. */
  id: string
  metrics: Metrics
}

/** How a line of `ndjson` begins. */
export const RESULT_START = '{"id":"'

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
  if (!hasKeys(value, ['id', 'metrics'])) return false
  const { id, metrics } = value
  return (
    typeof id === 'string' &&
    id !== '' &&
    hasKeys(metrics, METRICS) &&
    METRICS.every((name) => metrics[name] === null || Number.isFinite(metrics[name]))
  )
}

/** Those keys and no other. */
export function hasKeys(value: unknown, keys: readonly string[]): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key))
  )
}
