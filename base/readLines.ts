import { closeSync } from 'node:fs'
import { UserError } from './errors.ts'
import { openGiven, readGiven, textOf } from './readText.ts'

const CHUNK_BYTES = 2 ** 20
/** HAProxy's own longest line is 64 kB at most (configuration manual, `log ... len`). */
const LONGEST_LINE = 64 * 1024

/**
 * Hands over a file's lines, one after the other, without their ends (LF or CRLF), in memory that does not grow with the file.
 * @param onLine gets the number of the line, from 1.
 * @throws UserError as readTextFile does, whatever the size, and for a line longer than 64 kB.
 */
export function eachLine(
  path: string,
  onLine: (text: string, line: number) => void,
  { place = path }: { place?: string } = {},
): void {
  const file = openGiven(path, place)
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let rest: Buffer = Buffer.alloc(0)
    let line = 1
    let byte = 0
    const take = (bytes: Buffer) => {
      for (const text of textOf(bytes, place, { line, byte }).split('\n')) {
        if (text.length > LONGEST_LINE) throw tooLong(place, line)
        onLine(text.endsWith('\r') ? text.slice(0, -1) : text, line++)
      }
      byte += bytes.length + 1
    }
    for (let count = readGiven(file, chunk, place); count > 0; count = readGiven(file, chunk, place)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)])
      const end = bytes.lastIndexOf(0x0a)
      if (end >= 0) take(bytes.subarray(0, end))
      rest = bytes.subarray(end + 1)
      if (rest.length > LONGEST_LINE) throw tooLong(place, line)
    }
    if (rest.length > 0) take(rest)
  } finally {
    closeSync(file)
  }
}

const tooLong = (place: string, line: number) =>
  new UserError(`${place}: line ${line} is longer than 64 kB, expected lines of text`)
