import { badInput } from './errors.ts'

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/**
 * A duration as people write it, in milliseconds: `250ms`, `30s`, `1.5m`, `1h`.
 * @param place where the text stands, for the error message ("--interval", "spike.json: load.points[3].at").
 * @throws UserError where the text is not a number >= 0 with one of the four units.
 */
export function parseDuration(text: unknown, place: string): number {
  const match = typeof text === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim()) : null
  const ms = match ? Number(match[1]) * MS_PER_UNIT[match[2]!]! : Number.NaN
  if (!Number.isFinite(ms)) {
    throw badInput({ place, value: text, expected: 'a duration with its unit, such as 250ms, 30s, 5m or 1h' })
  }
  return ms
}

/** A duration for a person: `250ms`, `1.5s`, `2m30s`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))}s`
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.round((ms - minutes * 60_000) / 1000)
  return seconds === 60 ? `${minutes + 1}m` : seconds ? `${minutes}m${seconds}s` : `${minutes}m`
}
