/** Times of a record, ms: a year, and what the last requests of its run took. */
export const MOST_MS = 367 * 24 * 3_600_000
