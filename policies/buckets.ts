/** Numbers noted in buckets of time. Plain JSON. */
export interface Buckets {
  /** Number of the first bucket that had a datum; anew after a window without any. */
  firstIndex: number
  /** Oldest first, only those of the longest window. The mean of a bucket is what it is worth. */
  rows: readonly { index: number; sum: number; count: number }[]
}

export const NO_BUCKETS: Buckets = { firstIndex: 0, rows: [] }

/** One more datum in bucket `index`; the last `keep` buckets stay. */
export function noted({ firstIndex, rows }: Buckets, index: number, value: number, keep: number): Buckets {
  const last = rows.at(-1)
  if (!last || index - last.index >= keep)
    return { firstIndex: index, rows: [{ index, sum: value, count: 1 }] }
  if (last.index === index) {
    return { firstIndex, rows: rows.with(-1, { index, sum: last.sum + value, count: last.count + 1 }) }
  }
  return {
    firstIndex,
    rows: [...rows.filter((row) => row.index > index - keep), { index, sum: value, count: 1 }],
  }
}

/** Over the last `length` buckets up to `index`, but not before the first datum; a bucket without data counts 0. */
export function windowMean({ firstIndex, rows }: Buckets, index: number, length: number): number {
  const covered = Math.min(length, index - firstIndex + 1)
  const inside = rows.filter((row) => row.index > index - length)
  return inside.reduce((total, { sum, count }) => total + sum / count, 0) / covered
}
