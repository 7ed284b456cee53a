import type { Estimate } from '../analysis/bootstrap.ts'
import { numberText } from '../plots/texts.ts'

/** `195 ms`, `2.4 s` from a second on. */
export const ms = (value: number): string =>
  Math.abs(value) < 1000 ? `${numberText(value)} ms` : `${numberText(value / 1000)} s`

/** Of a share: `9.7%`. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)}%`

/** Of a difference of shares, in percentage points: `+1.3 points`. */
export const points = (difference: number): string =>
  `${difference < 0 ? '-' : '+'}${Math.abs(100 * difference).toFixed(1)} points`

/** `9.26 (8.93 to 9.65)`, the 95 % interval in brackets. */
export function withInterval({ estimate, lo, hi }: Estimate): string {
  return lo === null || hi === null
    ? numberText(estimate)
    : `${numberText(estimate)} (${numberText(lo)} to ${numberText(hi)})`
}

/** `pid, react and threshold` */
export function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
