import { UserError } from '../base/errors.ts'
import type { Picture } from '../plots/index.ts'

/** A row of a table, by column heading. */
export type TableRow = Readonly<Record<string, string | number>>

/** What a cell has shown. */
export type Shown =
  | { kind: 'text'; text: string }
  | { kind: 'table'; rows: readonly TableRow[] }
  | { kind: 'picture'; picture: Picture }

/** Collects what the cells show and the values of the prose, in order. */
export class Output {
  /** By number of the cell, from 1. */
  readonly shown = new Map<number, Shown[]>()
  readonly values: string[] = []
  #cell = 0

  readonly beginCell = (number: number): void => {
    this.#cell = number
    this.shown.set(number, [])
  }

  /** A text, a table (rows by column heading) or a picture. @throws UserError where it is something else. */
  readonly show = (value: string | readonly TableRow[] | Picture): void => {
    this.shown.get(this.#cell)!.push(shownOf(value))
  }

  /** @throws UserError where a value is unknown, or no text and no number. */
  readonly value = (value: unknown): void => {
    const isKnown = (typeof value === 'string' && value !== '') || Number.isFinite(value)
    if (!isKnown)
      throw new UserError(
        `a value in the prose is ${String(value) || 'an empty text'}, and not a text or number`,
      )
    this.values.push(String(value))
  }
}

function shownOf(value: string | readonly TableRow[] | Picture): Shown {
  if (typeof value === 'string') return { kind: 'text', text: value }
  if (isTable(value)) return { kind: 'table', rows: value }
  if (typeof value === 'object' && value !== null) return { kind: 'picture', picture: value as Picture }
  throw new UserError(`show takes a text, rows or a picture, and not ${String(value)}`)
}

/** Without a row there is no heading either. */
function isTable(value: unknown): value is readonly TableRow[] {
  if (!Array.isArray(value)) return false
  if (value.length === 0) throw new UserError('show has got a table without rows')
  return true
}
