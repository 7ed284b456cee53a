/** Stops at a bug: a state that the code says cannot be. For bad input use `badInput` (base/errors.ts). */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`)
}
