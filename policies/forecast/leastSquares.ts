/**
 * Linear least squares with a ridge penalty: the b that makes least
 *
 *     sum over rows (y - x . b)^2 + ridge |b|^2
 *
 * by the normal equations (X'X + ridge I) b = X'y and their Cholesky factor. Null where they have no
 * one solution. Meant for a few well-scaled columns: the normal equations square the condition number.
 *
 * Source: Hoerl and Kennard, Ridge regression, Technometrics 12 (1970), (2.1).
 */
export function leastSquares(
  rows: readonly (readonly number[])[],
  y: readonly number[],
  ridge: number,
): number[] | null {
  const columns = rows[0]?.length ?? 0
  if (columns === 0) return null
  const normal = Array.from({ length: columns }, (_, i) =>
    Array.from({ length: i + 1 }, (_, j) => {
      const sum = rows.reduce((total, row) => total + row[i]! * row[j]!, 0)
      return i === j ? sum + ridge : sum
    }),
  )
  const right = Array.from({ length: columns }, (_, i) =>
    rows.reduce((total, row, k) => total + row[i]! * y[k]!, 0),
  )
  return factorise(normal) ? substitute(normal, right) : null
}

/** The lower triangle L of A = L L', in place of A's; false where A is not positive definite in floating point. */
function factorise(a: number[][]): boolean {
  for (let i = 0; i < a.length; i++) {
    const diagonal = a[i]![i]!
    for (let j = 0; j <= i; j++) {
      let rest = a[i]![j]!
      for (let k = 0; k < j; k++) rest -= a[i]![k]! * a[j]![k]!
      if (j < i) a[i]![j] = rest / a[j]![j]!
      else if (rest > 1e-12 * diagonal) a[i]![i] = Math.sqrt(rest)
      else return false
    }
  }
  return true
}

/** L z = right, then L' b = z. */
function substitute(l: readonly (readonly number[])[], right: readonly number[]): number[] {
  const b = [...right]
  for (let i = 0; i < b.length; i++) {
    for (let k = 0; k < i; k++) b[i]! -= l[i]![k]! * b[k]!
    b[i]! /= l[i]![i]!
  }
  for (let i = b.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < b.length; k++) b[i]! -= l[k]![i]! * b[k]!
    b[i]! /= l[i]![i]!
  }
  return b
}
