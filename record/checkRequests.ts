import { badInput } from '../base/errors.ts'
import { MOST_MS } from './limits.ts'
import { OUTCOMES, type RequestRow } from './schema.ts'

type Test = (value: unknown) => boolean
type Row = Readonly<Record<string, unknown>>

const NAMED: ReadonlySet<unknown> = new Set(OUTCOMES)
const TIME = `a time in ms, from 0 to ${MOST_MS}`

const isTime: Test = (value) => typeof value === 'number' && value >= 0 && value <= MOST_MS
const isTimeOrNull: Test = (value) => value === null || isTime(value)
const isText: Test = (value) => typeof value === 'string'
const timeOrNull = { test: isTimeOrNull, expected: `${TIME}, or null where it is not known` }

const COLUMNS: Readonly<Record<Exclude<keyof RequestRow, 'index'>, { test: Test; expected: string }>> = {
  class: { test: (value) => isText(value) && value !== '', expected: 'the name of a request class' },
  intendedMs: { test: isTime, expected: TIME },
  sentMs: { test: isTime, expected: TIME },
  doneMs: timeOrNull,
  queueWaitMs: timeOrNull,
  serviceMs: timeOrNull,
  blockingMs: timeOrNull,
  cpuMs: timeOrNull,
  server: { test: isText, expected: 'the name of a replica, or an empty text' },
  status: {
    test: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 999,
    expected: 'an HTTP status, or 0 where there was none',
  },
  outcome: { test: (value) => NAMED.has(value), expected: `one of ${OUTCOMES.join(', ')}` },
}
const CHECKS = Object.entries(COLUMNS)
export const REQUEST_COLUMNS: readonly string[] = CHECKS.map(([name]) => name)

/**
 * Whether a value is a request of a record, but for its index. By hand, since a record has hundreds of thousands of them.
 * @throws UserError with row, column, value and expectation.
 */
export function checkRequest(
  value: unknown,
  placeOf: () => string,
): asserts value is Omit<RequestRow, 'index'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badInput({ place: placeOf(), value, expected: 'a request: an object' })
  const row = value as Row
  for (const [name, { test, expected }] of CHECKS) {
    if (!Object.hasOwn(row, name))
      throw badInput({ place: `${placeOf()}: ${name}`, value: undefined, expected })
    if (!test(row[name])) throw badInput({ place: `${placeOf()}: ${name}`, value: row[name], expected })
  }
  if ((row.outcome === 'unanswered') !== (row.doneMs === null))
    throw badInput({
      place: `${placeOf()}: doneMs`,
      value: row.doneMs,
      expected: `${row.outcome === 'unanswered' ? 'null' : TIME}, since outcome is ${row.outcome}`,
    })
}

/** The rows of a growing file: each is numbered, once. */
export function checkGrowing(rows: readonly unknown[], path: string): RequestRow[] {
  const lineOf = new Map<number, number>()
  rows.forEach((value, i) => {
    const placeOf = () => `${path}: line ${i + 1}`
    checkRequest(value, placeOf)
    const row = value as Row
    const place = `${placeOf()}: index`
    if (!Number.isSafeInteger(row.index) || (row.index as number) < 0)
      throw badInput({ place, value: row.index, expected: 'a whole number, from 0' })
    const earlier = lineOf.get(row.index as number)
    if (earlier !== undefined)
      throw badInput({ place, value: row.index, expected: `no number of another line, such as ${earlier}` })
    lineOf.set(row.index as number, i + 1)
    const other = Object.keys(row).find((key) => key !== 'index' && !Object.hasOwn(COLUMNS, key))
    if (other !== undefined)
      throw badInput({
        place: `${placeOf()}: key`,
        value: other,
        expected: `one of index, ${REQUEST_COLUMNS.join(', ')}`,
      })
  })
  return rows as RequestRow[]
}
