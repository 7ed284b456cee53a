/** Samples at equal distances, the latest at `step`. */
export interface Series {
  /** Number of the latest sample's interval from the start of the run; null before the first one. */
  step: number | null
  values: readonly number[]
}

export const NO_SERIES: Series = { step: null, values: [] }

/**
 * One more sample; at most `keep` stay. Up to `bridge` lost ones before it are filled in on the line between their neighbours: a
 * forecast needs equal distances, and one lost reading should not cost the history. After more it starts anew.
 */
export function extended(
  { step: last, values }: Series,
  sample: { step: number; value: number },
  { keep, bridge }: { keep: number; bridge: number },
): Series {
  const { step, value } = sample
  const lost = last === null ? 0 : step - last - 1
  if (last === null || lost < 0 || lost > bridge) return { step, values: [value] }
  const before = values.at(-1)!
  const filled = Array.from({ length: lost }, (_, i) => before + ((i + 1) / (lost + 1)) * (value - before))
  return { step, values: [...values, ...filled, value].slice(-keep) }
}
