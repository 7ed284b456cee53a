import { badInput, messageOf, type UserError } from './errors.ts'

/** Files of people are flat; code that walks a value may call itself this often. */
const DEEPEST = 100
const [QUOTE, BACKSLASH, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\:[]{}'].map(
  (sign) => sign.charCodeAt(0),
) as [number, number, number, number, number, number, number]

/**
 * JSON.parse, which also refuses what it would take in silence: a key that is in an object twice.
 * @param place the file, for the message. @param line the number of the text's first line in it.
 * @throws UserError with place, line and column.
 */
export function parseJson(text: string, place: string, line = 1): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const offset = syntaxErrorOffset(text)
    const found = text[offset] ?? 'the end of the file'
    throw wrongAt({ text, offset, place, line }, found, 'valid JSON', cause)
  }
  assertPlain(text, place, line)
  return value
}

interface Spot {
  text: string
  offset: number
  place: string
  line: number
}

function wrongAt(
  { text, offset, place, line }: Spot,
  value: unknown,
  expected: string,
  cause?: unknown,
): UserError {
  const before = text.slice(0, offset).split('\n')
  return badInput({
    place: `${place}: line ${line + before.length - 1}, column ${before.at(-1)!.length + 1}`,
    value,
    expected,
    cause,
  })
}

/** Walks over text that is valid JSON. A string before a colon is a key. */
function assertPlain(text: string, place: string, line: number): void {
  const open: Set<string>[] = []
  let start = 0
  let end = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) {
      start = i
      end = endOfString(text, i)
      i = end - 1
    } else if (code === COLON) {
      const written = text.slice(start, end)
      const key = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1)
      const keys = open.at(-1)!
      if (keys.has(key))
        throw wrongAt({ text, offset: start, place, line }, key, 'each key once in an object')
      keys.add(key)
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (open.push(new Set()) > DEEPEST)
        throw wrongAt({ text, offset: i, place, line }, text[i], `lists and objects at most ${DEEPEST} deep`)
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) open.pop()
  }
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = text.indexOf('"', start + 1); ; i = text.indexOf('"', i + 1)) {
    let escapes = 0
    while (text.charCodeAt(i - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return i + 1
  }
}

/**
 * Where JSON.parse stumbles, which its message does not always say. A prefix of valid JSON fails only
 * because it ends; once it holds the wrong character every longer one fails there too. So the shortest prefix
 * that is wrong for another reason than its end can be found by bisection.
 */
function syntaxErrorOffset(text: string): number {
  let good = 0
  let bad = text.length + 1
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1
    if (isWrongBeforeEnd(text.slice(0, middle))) bad = middle
    else good = middle
  }
  return good
}

function isWrongBeforeEnd(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return false
  } catch (error) {
    const message = messageOf(error)
    const position = /at position (\d+)/.exec(message)?.[1]
    return position === undefined ? !message.startsWith('Unexpected end') : Number(position) < prefix.length
  }
}
