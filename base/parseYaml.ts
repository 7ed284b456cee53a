import type { Document, LineCounter } from 'yaml'
import { messageOf, UserError } from './errors.ts'

/** Files of people are flat; code that walks a value calls itself for each level. */
const DEEPEST = 100
/** Each one is looked for from the beginning of the file. */
const MOST_ALIASES = 100

/** A larger file is no manifest and no list of authors; the parser takes a second for a megabyte. */
export const MOST_YAML_BYTES = 2 ** 20

/**
 * The values of the documents in a YAML text, each of plain objects, lists, texts, numbers, booleans and null alone.
 * @param place the file, for the message.
 * @throws UserError with the line, for what is no YAML, has a key twice or a tag, and for aliases that lead to themselves or are
 *   more than a person writes.
 */
export async function parseYaml(text: string, place: string): Promise<unknown[]> {
  const { LineCounter, parseAllDocuments } = await import('yaml')
  await assertFlat(text, place)
  const lineCounter = new LineCounter()
  // The parser's own look for keys that are there twice compares each with each: minutes for 50,000 of them.
  const documents = [...parseAllDocuments(text, { logLevel: 'error', uniqueKeys: false, lineCounter })]
  return Promise.all(documents.map((document) => plainValue(document, place, lineCounter)))
}

async function plainValue(document: Document, place: string, lines: LineCounter): Promise<unknown> {
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw notYaml(place, problem.message.split('\n')[0]!.replace(/:$/, ''), problem)
  try {
    await assertSingle(document, place, lines)
    const value: unknown = document.toJS()
    assertPlain(value, place, [])
    return value
  } catch (error) {
    if (error instanceof UserError) throw error
    // It counts what aliases stand for, and calls itself for each level.
    throw notYaml(place, messageOf(error), error)
  }
}

/** The parser takes seconds for what is nested thousands deep, before it gives up. */
async function assertFlat(text: string, place: string): Promise<void> {
  const { Lexer } = await import('yaml')
  let depth = 0
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    if (depth > DEEPEST) throw notYaml(place, `more than ${DEEPEST} levels`)
  }
}

/** Each key once in its mapping; few aliases. */
async function assertSingle(document: Document, place: string, lines: LineCounter): Promise<void> {
  const { isScalar, visit } = await import('yaml')
  let aliases = 0
  visit(document, {
    Alias() {
      if (++aliases > MOST_ALIASES) throw notYaml(place, `more than ${MOST_ALIASES} aliases`)
    },
    Map(_, { items }) {
      const keys = new Set<string>()
      for (const { key } of items) {
        if (!isScalar(key)) throw notYaml(place, 'a key is no text')
        const name = String(key.value)
        const { line, col } = lines.linePos(key.range?.[0] ?? 0)
        if (keys.has(name))
          throw notYaml(
            place,
            `the key ${JSON.stringify(name)} is there twice at line ${line}, column ${col}`,
          )
        keys.add(name)
      }
    },
  })
}

/** An alias may stand inside of what it names. */
function assertPlain(value: unknown, place: string, above: readonly unknown[]): void {
  if (typeof value !== 'object' || value === null) return
  if (above.includes(value)) throw notYaml(place, 'an alias stands inside of what it names')
  if (above.length >= DEEPEST) throw notYaml(place, `more than ${DEEPEST} levels`)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype)
    throw notYaml(place, `a ${(prototype as object).constructor.name}`)
  for (const inside of Object.values(value)) assertPlain(inside, place, [...above, value])
}

function notYaml(place: string, what: string, cause?: unknown): UserError {
  return new UserError(
    `${place} is not plain YAML: ${what}; expected mappings, lists, texts and numbers, each key once`,
    {
      cause,
    },
  )
}
