import { z } from 'zod'

/* Parts of the schemas of a trace file. In them the error text is the expectation, in the words of `badInput`. */

export const text = (expected: string) => z.string({ error: expected })

/** Not empty. What is in it is checked by hand: lists are long. */
export const list = (what: string) =>
  z.custom<unknown[]>((value) => Array.isArray(value) && value.length > 0, {
    error: `a list of at least one ${what}`,
  })

export function oneOf(names: readonly string[]): string {
  return `one of ${names.join(', ')}`
}
