import { insertionSort } from './sortedCopy.ts'

/** So few candidates are sorted by themselves, in this room: making one each time takes longer than using it. */
const FEW = 16
const few = new Float64Array(FEW)
/** After so many guesses the middle is taken, which halves the widest run whatever the values are. */
const GUESSES = 8

/** Where a rank can still be: in rows low[j] to high[j] (without it) of run j. Narrowed in place. */
interface Bracket {
  readonly runs: readonly Float64Array[]
  readonly low: number[]
  readonly high: number[]
  /** Sum of low: so many values come before the candidates. */
  before: number
  /** Sum of high. */
  upTo: number
  /** Room for where a guess would stand in each run, before and after its equals. */
  readonly first: number[]
  readonly after: number[]
}

/**
 * Quantiles of type 7 over the values of several ascending runs taken together, the same to the bit as if
 * they were sorted into one: linear between the values at ranks floor and ceil of (n - 1) p, from 0.
 * @param runs at least one value in all. @param probabilities 0 to 1, ascending.
 */
export function quantilesOfRuns(runs: readonly Float64Array[], probabilities: readonly number[]): number[] {
  let count = 0
  for (const run of runs) count += run.length
  const zeros = () => new Array<number>(runs.length).fill(0)
  const bracket: Bracket = {
    runs,
    low: zeros(),
    high: zeros(),
    before: 0,
    upTo: count,
    first: zeros(),
    after: zeros(),
  }
  return probabilities.map((p) => {
    const rank = (count - 1) * p
    const below = Math.floor(rank)
    // What comes before one rank comes before the next as well: only the upper end opens again.
    for (let j = 0; j < runs.length; j++) bracket.high[j] = runs[j]!.length
    bracket.upTo = count
    const { value, next } = valuesAtRank(bracket, below)
    return rank === below ? value : value + (rank - below) * (next - value)
  })
}

/**
 * The value of that rank and the one after it (Infinity after the last). A value of the widest run is tried; a
 * binary search in each run tells its rank, and what lies on its wrong side falls away. The guess aims a
 * little beyond the wanted rank, now above, now below it, so that both sides close in, as in the selection of
 * Floyd and Rivest (Communications of the ACM 18, 1975): 3 rounds for 5 runs of 160 values, 7 for 100 such.
 */
function valuesAtRank(bracket: Bracket, rank: number): { value: number; next: number } {
  const { runs, low, high, first, after } = bracket
  let side = 1
  for (let round = 0; bracket.upTo - bracket.before > FEW; round++) {
    const pivot = guess(bracket, rank, round < GUESSES ? side : 0)
    let below = 0
    let notAbove = 0
    for (let j = 0; j < runs.length; j++) {
      const run = runs[j]!
      const end = high[j]!
      const row = firstNotBelow(run, pivot, low[j]!, end)
      first[j] = row
      below += row
      after[j] = row < end && run[row] === pivot ? firstAbove(run, pivot, row + 1, end) : row
      notAbove += after[j]!
    }
    if (rank < below) {
      for (let j = 0; j < runs.length; j++) high[j] = first[j]!
      bracket.upTo = below
      side = -1
    } else if (rank >= notAbove) {
      for (let j = 0; j < runs.length; j++) low[j] = after[j]!
      bracket.before = notAbove
      side = 1
    } else return { value: pivot, next: rank + 1 < notAbove ? pivot : smallestAt(runs, after) }
  }
  return valuesAmongFew(bracket, rank)
}

/** A value of the widest run: near the rank, one standard deviation towards `side`; its middle for 0. */
function guess({ runs, low, high, before, upTo }: Bracket, rank: number, side: number): number {
  let widest = 0
  let width = 0
  for (let j = 0; j < runs.length; j++) {
    const own = high[j]! - low[j]!
    if (own > width) {
      width = own
      widest = j
    }
  }
  const share = side === 0 ? 0.5 : (rank + 0.5 - before) / (upTo - before)
  const aim = Math.trunc(width * share + side * Math.sqrt(width * share * (1 - share)))
  return runs[widest]![low[widest]! + Math.min(width - 1, Math.max(0, aim))]!
}

function valuesAmongFew(bracket: Bracket, rank: number): { value: number; next: number } {
  const { runs, low, high, before, upTo } = bracket
  let found = 0
  for (let j = 0; j < runs.length; j++) {
    const run = runs[j]!
    for (let row = low[j]!; row < high[j]!; row++) few[found++] = run[row]!
  }
  insertionSort(few, 0, found)
  const value = few[rank - before]!
  return { value, next: rank + 1 < upTo ? few[rank + 1 - before]! : smallestAt(runs, high) }
}

/** The smallest of the values at these rows, one row a run; Infinity where all are past their run's end. */
function smallestAt(runs: readonly Float64Array[], rows: readonly number[]): number {
  let smallest = Number.POSITIVE_INFINITY
  for (let j = 0; j < runs.length; j++) {
    const run = runs[j]!
    if (rows[j]! < run.length && run[rows[j]!]! < smallest) smallest = run[rows[j]!]!
  }
  return smallest
}

/** First row from `low` on whose value is >= bound; `high` where there is none before it. */
function firstNotBelow(run: Float64Array, bound: number, low: number, high: number): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if (run[middle]! < bound) from = middle + 1
    else to = middle
  }
  return from
}

/** First row from `low` on whose value is > bound; `high` where there is none before it. */
export function firstAbove(run: Float64Array, bound: number, low: number, high: number): number {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >>> 1
    if (run[middle]! <= bound) from = middle + 1
    else to = middle
  }
  return from
}
