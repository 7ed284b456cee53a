import { badInput } from '../base/errors.ts'

/** Reading a Kubernetes manifest that YAML has been parsed from: every value by its place, nothing left out unsaid. */
export type Fields = Readonly<Record<string, unknown>>

/** A mapping; absent or null is an empty one. */
export function fieldsOf(value: unknown, place: string): Fields {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw badInput({ place, value, expected: 'a mapping' })
}

/** A list; absent or null is null, which Kubernetes tells from an empty one. */
export function rowsOf(value: unknown, place: string): readonly unknown[] | null {
  if (value === undefined || value === null) return null
  if (Array.isArray(value)) return value
  throw badInput({ place, value, expected: 'a list' })
}

export function wholeNumberOf(value: unknown, place: string, range: { min: number; max: number }): number {
  if (Number.isInteger(value) && (value as number) >= range.min && (value as number) <= range.max)
    return value as number
  throw badInput({ place, value, expected: `a whole number from ${range.min} to ${range.max}` })
}

const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const BINARY: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }

/** Kubernetes' quantity: 5, 0.5, 500m, 2k, 1e3, 1Ki. */
export function quantityOf(value: unknown, place: string): number {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
  const match = /^(\d+\.?\d*|\.\d+)([a-zA-Z]*|[eE][+-]?\d+)$/.exec(text)
  const [, digits = '', suffix = ''] = match ?? []
  const amount = amountOf(digits, suffix)
  if (match && Number.isFinite(amount)) return amount
  throw badInput({ place, value, expected: 'a quantity such as 5, 0.5 or 500m' })
}

/** NaN where the suffix is unknown. */
function amountOf(digits: string, suffix: string): number {
  if (Object.hasOwn(DECIMAL, suffix)) return Number(`${digits}e${DECIMAL[suffix]}`)
  if (Object.hasOwn(BINARY, suffix)) return Number(digits) * 2 ** BINARY[suffix]!
  return /^[eE][+-]?\d/.test(suffix) ? Number(digits + suffix) : Number.NaN
}

/** A remark for each key that nobody read. */
export function remarksOnOthers(
  fields: Fields,
  known: readonly string[],
  place: string,
  why: Readonly<Record<string, string>> = {},
): string[] {
  return Object.keys(fields)
    .filter((key) => !known.includes(key) && fields[key] !== undefined)
    .map(
      (key) =>
        `${place}.${key} is left out: ${Object.hasOwn(why, key) ? why[key] : 'it has no counterpart here'}`,
    )
}
