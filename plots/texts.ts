import { percentText } from './percent.ts'

/** What stands behind a number: nothing for counts; `%` for a share of 0 to 1. */
export type Unit = '' | '/s' | ' ms' | ' s' | '%'

/** A value for a person; `unknown` for null, which is never 0. */
export function inUnit(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return 'unknown'
  return unit === '%' ? percentText(value) : `${numberText(value)}${unit}`
}

/** Three significant digits, all of them before the point: 1,234 and 0.0123. */
export function numberText(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** `SLA violations` stays, `Windows that violate` does not. */
export const inSentence = (text: string) =>
  /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text

/** A time since the start, s. */
export const secondsText = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`
