import { assert } from '../../base/assert.ts'

/** Tells one transition of a chain: to which level and phase, at which rate. Those that leave the chain are dropped. */
export type Go = (level: number, phase: number, rate: number) => void

/** A Markov chain in continuous time on levels 0..levels-1 and phases 0..phases-1 that moves at most one level at a time. */
export interface Chain {
  levels: number
  phases: number
  /** All transitions out of a state. Of a state that is never reached: any one to a state that is. */
  from: (level: number, phase: number, go: Go) => void
}

type Matrix = Float64Array[]

/**
 * Stationary probabilities, by level and phase, without iteration: linear level reduction (Gaver, Jacobs and
 * Latouche, Advances in Applied Probability 16, 1984). With U, L and D the rates of a level up, within and down,
 *
 *     R(n) = U(n-1) (-L(n) - R(n+1) D(n+1))^-1        from the last level down
 *     p(0) (L(0) + R(1) D(1)) = 0, p(n) = p(n-1) R(n)  from the first level up
 */
export function stationary(chain: Chain): Matrix {
  const { levels } = chain
  const climbs: Matrix[] = []
  let reduced = blocksOf(chain, levels - 1)
  for (let n = levels - 1; n > 0; n--) {
    const below = blocksOf(chain, n - 1)
    const climb = times(below.up, inverse(negative(reduced.within)))
    climbs[n] = climb
    reduced = { ...below, within: plus(below.within, times(climb, reduced.down)) }
  }
  const p: Matrix = [nullVector(reduced.within)]
  for (let n = 1; n < levels; n++) p.push(times([p[n - 1]!], climbs[n]!)[0]!)
  const total = p.reduce((sum, row) => sum + sumOf(row), 0)
  return p.map((row) => row.map((value) => value / total))
}

/** Mean of a function of level and phase. */
export function expectation(p: Matrix, of: (level: number, phase: number) => number): number {
  return p.reduce(
    (sum, row, level) => sum + row.reduce((s, value, phase) => s + value * of(level, phase), 0),
    0,
  )
}

function blocksOf({ levels, phases, from }: Chain, level: number): Record<'up' | 'within' | 'down', Matrix> {
  const blocks = { up: zeros(phases), within: zeros(phases), down: zeros(phases) }
  for (let phase = 0; phase < phases; phase++) {
    from(level, phase, (toLevel, toPhase, rate) => {
      if (toLevel < 0 || toLevel >= levels || toPhase < 0 || toPhase >= phases || rate === 0) return
      assert(Math.abs(toLevel - level) <= 1, 'one level at a time')
      const block = toLevel > level ? blocks.up : toLevel < level ? blocks.down : blocks.within
      block[phase]![toPhase]! += rate
      blocks.within[phase]![phase]! -= rate
    })
  }
  return blocks
}

const sumOf = (row: Float64Array) => row.reduce((sum, value) => sum + value, 0)
const zeros = (size: number): Matrix => Array.from({ length: size }, () => new Float64Array(size))
const negative = (a: Matrix): Matrix => a.map((row) => row.map((value) => -value))
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value + b[i]![j]!))

function times(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => {
    const product = new Float64Array(b[0]!.length)
    row.forEach((factor, k) => {
      if (factor === 0) return
      const other = b[k]!
      for (let j = 0; j < product.length; j++) product[j]! += factor * other[j]!
    })
    return product
  })
}

/** p with p A = 0 and sum 1: the first equation is replaced by that of the sum. */
function nullVector(a: Matrix): Float64Array {
  const replaced = a.map((row) => row.map((value, j) => (j === 0 ? 1 : value)))
  return inverse(replaced)[0]!
}

/** Gauss and Jordan, with the largest pivot of the column. */
function inverse(matrix: Matrix): Matrix {
  const size = matrix.length
  const a = matrix.map((row) => row.slice())
  const b = zeros(size)
  for (let i = 0; i < size; i++) b[i]![i] = 1
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let i = column; i < size; i++) if (Math.abs(a[i]![column]!) > Math.abs(a[pivot]![column]!)) pivot = i
    swap(a, column, pivot)
    swap(b, column, pivot)
    const scale = 1 / a[column]![column]!
    assert(Number.isFinite(scale), 'a state that cannot be left')
    multiply(a[column]!, scale)
    multiply(b[column]!, scale)
    for (let i = 0; i < size; i++) {
      const factor = a[i]![column]!
      if (i === column || factor === 0) continue
      subtract(a[i]!, a[column]!, factor)
      subtract(b[i]!, b[column]!, factor)
    }
  }
  return b
}

function swap(rows: Matrix, i: number, j: number): void {
  const kept = rows[i]!
  rows[i] = rows[j]!
  rows[j] = kept
}

function multiply(row: Float64Array, factor: number): void {
  for (let j = 0; j < row.length; j++) row[j]! *= factor
}

function subtract(row: Float64Array, other: Float64Array, factor: number): void {
  for (let j = 0; j < row.length; j++) row[j]! -= factor * other[j]!
}
