/** A number and when it was noted, ms. */
export interface Timed {
  atMs: number
  value: number
}

/** The rows younger than `spanMs` (one just as old is out), and the new one at the end: bounded by span over interval. */
export function recent(rows: readonly Timed[], row: Timed, spanMs: number): readonly Timed[] {
  return [...rows.filter(({ atMs }) => atMs > row.atMs - spanMs), row]
}

export const highest = (rows: readonly Timed[]): number =>
  rows.reduce((most, { value }) => Math.max(most, value), -Infinity)

export const lowest = (rows: readonly Timed[]): number =>
  rows.reduce((least, { value }) => Math.min(least, value), Infinity)

/** The mean of the last values: null of none. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
