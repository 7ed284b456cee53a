/**
 * Kendall's tau-b: agreement of two rankings, 1 the same, -1 reversed, ties allowed for. Null where it is
 * not defined: fewer than two values, or one side all equal.
 * Source: Kendall, Biometrika 33 (1945), "The treatment of ties in ranking problems".
 */
export function kendallTau(x: readonly number[], y: readonly number[]): number | null {
  let agreeing = 0
  let untiedX = 0
  let untiedY = 0
  for (let i = 0; i < x.length; i++) {
    for (let j = i + 1; j < x.length; j++) {
      const dx = Math.sign(x[i]! - x[j]!)
      const dy = Math.sign(y[i]! - y[j]!)
      agreeing += dx * dy
      untiedX += Math.abs(dx)
      untiedY += Math.abs(dy)
    }
  }
  return untiedX * untiedY === 0 ? null : agreeing / Math.sqrt(untiedX * untiedY)
}
